import test from 'ava';
import { sha256 } from '../../report/sha256.ts';
import type { AirgapBundle } from './airgap.ts';
import { k0sEntries } from './entry.ts';
import type { K0sBinary } from './resolve.ts';

const EPOCH = 1_794_000_000;
const K0S: K0sBinary = {
  kind: 'file',
  path: '/host/k0s',
  sizeBytes: 5,
  sha256: sha256('k0s'),
  version: 'v1.36.3+k0s.2',
};

function bundle(text: string): AirgapBundle {
  const digest = sha256(text);
  return { kind: 'file', path: '/host/b.tar', sizeBytes: 9, sha256: digest, version: undefined };
}

/** The entries, with what rules say as text. */
function shown(airgap: AirgapBundle | undefined): unknown {
  return k0sEntries({ k0s: K0S, airgap }, EPOCH).map((entry) =>
    entry.kind === 'file' && entry.content.kind === 'bytes'
      ? { path: entry.path, text: entry.content.bytes.toString() }
      : entry,
  );
}

test('an image has the binary; a link that an earlier image left goes', (t) => {
  t.snapshot(shown(undefined));
});

test('an image with a bundle offers it to k0s by a link', (t) => {
  t.snapshot(shown(bundle('images')));
});

test('another bundle has another time, so that k0s forgets the images of the first', (t) => {
  const times = ['one', 'two'].map((text) =>
    k0sEntries({ k0s: K0S, airgap: bundle(text) }, EPOCH).map(({ mtime }) => mtime),
  );
  t.is(times[0]?.[0], times[1]?.[0]);
  t.not(times[0]?.[2], times[1]?.[2]);
});
