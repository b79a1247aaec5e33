import { generatedFile } from '../tree/generated.ts';
import type { TreeEntry } from '../tree/tree.ts';
import type { AirgapBundle } from './airgap.ts';
import { mtimeFor } from './mtime.ts';
import type { K0sBinary } from './resolve.ts';

/** What an image gets of k0s. */
export interface K0sFiles {
  readonly k0s: K0sBinary;
  readonly airgap: AirgapBundle | undefined;
}

const BUNDLE = 'usr/lib/kiln/images/airgap.tar';
/** The same name for ever: k0s remembers by it which images came from the bundle. */
const OFFERED = '/var/lib/k0s/images/kiln-airgap.tar';

/** The k0s binary and the airgap bundle as the image has them. */
export function k0sEntries({ k0s, airgap }: K0sFiles, epoch: number): readonly TreeEntry[] {
  const binary = fileEntry('usr/bin/k0s', 0o755, k0s, epoch);
  const rule = generatedFile('usr/lib/tmpfiles.d/kiln-airgap.conf', airgapRule(airgap), epoch);
  if (airgap === undefined) return [binary, rule];
  return [binary, rule, fileEntry(BUNDLE, 0o644, airgap, epoch)];
}

/**
 * k0s changes the mode of /var/lib/k0s/images at each start, so the directory itself cannot be the image's; of what
 * is in it k0s asks for times and bytes only (pkg/component/worker/ocibundle.go: os.Stat and os.Open), so that a
 * symlink will do. A bind mount would too, but it would hold /var/lib/k0s when the box becomes another one.
 * An image without a bundle takes away the link that an earlier one left.
 */
function airgapRule(airgap: AirgapBundle | undefined): string {
  return airgap === undefined ? `r ${OFFERED}\n` : `L+ ${OFFERED} - - - - /${BUNDLE}\n`;
}

/**
 * The time tells contents apart: k0s unpacks its programs again, and forgets which images it has pinned, when the
 * file's time has changed.
 */
function fileEntry(
  path: string,
  mode: number,
  file: { readonly path: string; readonly sizeBytes: number; readonly sha256: string },
  epoch: number,
): TreeEntry {
  const { sizeBytes, sha256 } = file;
  return {
    ...{ path, kind: 'file', mode, uid: 0, gid: 0, origin: 'k0s' },
    mtime: mtimeFor(sha256, epoch),
    content: { kind: 'range', file: file.path, offset: 0, sizeBytes, sha256 },
  };
}
