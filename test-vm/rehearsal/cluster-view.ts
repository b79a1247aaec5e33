/** A node as Kubernetes shows it. */
export interface KubernetesNode {
  readonly name: string;
  readonly isReady: boolean;
  /** Why it is not ready, in Kubernetes' words. */
  readonly message: string;
  readonly versions: { readonly kubelet: string; readonly kernel: string; readonly os: string };
}

/** What one node of the site sees of its cluster. */
export interface ClusterView {
  /** Digest of the authority that it trusts; undefined while it has none. */
  readonly ca: string | undefined;
  /** Whether the API's port answers from here. */
  readonly reachesApi: boolean;
  /** Whether it has the virtual address. */
  readonly hasVirtualAddress: boolean;
  readonly kernel: string | undefined;
  /** Controllers alone see these; undefined when they could not say it, with the reason in `errors`. */
  readonly nodes: readonly KubernetesNode[] | undefined;
  /** Peer addresses of etcd's members. */
  readonly members: readonly string[] | undefined;
  readonly errors: readonly string[];
}

const PART = /^kiln-look (\S+)(?: (\d+))?$/;

/** Reads what look.sh wrote: parts, each ended by its name and exit code. Pure. */
export function parseView(output: string): ClusterView {
  const parts = partsOf(output);
  const text = (name: string): string | undefined => {
    const part = parts.get(name);
    return part?.code === 0 && part.text !== '' ? part.text : undefined;
  };
  const nodes = parseNodes(text('nodes'));
  const members = parseMembers(text('members'));
  const failed = (name: string): readonly string[] => {
    const part = parts.get(name);
    return part === undefined ? [] : [`${name}: ${part.text.split('\n').at(-1) ?? ''}`];
  };
  return {
    ca: /^[0-9a-f]{64}$/.exec(text('ca') ?? '')?.[0],
    reachesApi: parts.get('api')?.code === 0,
    hasVirtualAddress: parts.get('virtual')?.code === 0,
    kernel: text('kernel'),
    nodes,
    members,
    errors: [
      ...(nodes === undefined ? failed('nodes') : []),
      ...(members === undefined ? failed('members') : []),
    ],
  };
}

interface Part {
  readonly text: string;
  readonly code: number;
}

function partsOf(output: string): ReadonlyMap<string, Part> {
  const parts = new Map<string, Part>();
  let lines: string[] = [];
  for (const line of output.split('\n')) {
    const [, name, code] = PART.exec(line) ?? [];
    if (name === undefined) {
      lines.push(line);
      continue;
    }
    parts.set(name, { text: lines.join('\n').trim(), code: Number(code) });
    lines = [];
  }
  return parts;
}

/** A NodeList of Kubernetes. */
function parseNodes(text: string | undefined): readonly KubernetesNode[] | undefined {
  const items = at(parsed(text), 'items');
  if (!Array.isArray(items)) return undefined;
  return items.map((item) => {
    const status = at(item, 'status');
    const conditions = at(status, 'conditions');
    const ready = (Array.isArray(conditions) ? conditions : []).find(
      (each) => at(each, 'type') === 'Ready',
    );
    const info = at(status, 'nodeInfo');
    return {
      name: textAt(at(item, 'metadata'), 'name'),
      isReady: at(ready, 'status') === 'True',
      message: textAt(ready, 'message'),
      versions: {
        kubelet: textAt(info, 'kubeletVersion'),
        kernel: textAt(info, 'kernelVersion'),
        os: textAt(info, 'osImage'),
      },
    };
  });
}

/** `{"members":{"c1":"https://10.0.0.11:2380"}}`, as `k0s etcd member-list` prints it. */
function parseMembers(text: string | undefined): readonly string[] | undefined {
  const members = at(parsed(text), 'members');
  if (typeof members !== 'object' || members === null) return undefined;
  return Object.values(members).flatMap((url) => {
    const host = /^https?:\/\/(\[[^\]]+\]|[^:/]+)/.exec(String(url))?.[1];
    return host === undefined ? [] : [host.replace(/^\[|\]$/g, '')];
  });
}

function parsed(text: string | undefined): unknown {
  // What k0s logs may come before it.
  const begin = text?.indexOf('{') ?? -1;
  if (text === undefined || begin < 0) return undefined;
  try {
    return JSON.parse(text.slice(begin));
  } catch {
    return undefined;
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function textAt(value: unknown, key: string): string {
  const found = at(value, key);
  return typeof found === 'string' ? found : '';
}
