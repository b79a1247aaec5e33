import test from 'ava';
import { parseView } from './cluster-view.ts';

const CA = 'ab'.repeat(32);

function node(name: string, ready: string): object {
  return {
    metadata: { name },
    status: {
      conditions: [
        { type: 'MemoryPressure', status: 'False' },
        { type: 'Ready', status: ready, message: 'kubelet is posting ready status' },
      ],
      nodeInfo: { kubeletVersion: 'v1.36.3+k0s', kernelVersion: '6.12', osImage: 'Kiln' },
    },
  };
}

/** What look.sh writes. */
function looked(parts: Readonly<Record<string, readonly [string, number]>>): string {
  return Object.entries(parts)
    .map(([name, [text, code]]) => `${text}\n\nkiln-look ${name} ${code}\n`)
    .join('');
}

test('what a controller sees: its authority, nodes, members, and whether the API answers', (t) => {
  const view = parseView(
    looked({
      kernel: ['6.12.1', 0],
      api: ['', 0],
      ca: [CA, 0],
      virtual: ['', 0],
      nodes: [
        `time="…" level=info msg=x\n${JSON.stringify({ items: [node('c1', 'True'), node('w1', 'Unknown')] }, null, 4)}`,
        0,
      ],
      members: ['{"members":{"c1":"https://10.0.0.11:2380","c2":"https://[fd00::12]:2380"}}', 0],
    }),
  );
  t.snapshot(view);
});

test('what a worker sees, and what cannot be said is no answer but a reason', (t) => {
  t.deepEqual(parseView(looked({ kernel: ['6.12.1', 0], api: ['timeout', 124], ca: ['', 1] })), {
    ca: undefined,
    reachesApi: false,
    hasVirtualAddress: false,
    kernel: '6.12.1',
    nodes: undefined,
    members: undefined,
    errors: [],
  });
  const failed = parseView(
    looked({
      nodes: ['warning\nError: cannot connect', 1],
      members: ['no JSON at all', 0],
      virtual: ['', 1],
    }),
  );
  t.deepEqual(failed.errors, ['nodes: Error: cannot connect', 'members: no JSON at all']);
  t.is(failed.nodes, undefined);
});

test('nothing at all is a view of nothing', (t) => {
  t.like(parseView(''), { ca: undefined, reachesApi: false, nodes: undefined, errors: [] });
  t.like(parseView(looked({ nodes: ['{"items": {}}', 0] })), { nodes: undefined });
});
