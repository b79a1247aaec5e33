import type { NodeFiles } from '../node-files/node-files.ts';
import { isoImage } from './image.ts';

/** What cloud-init knows a NoCloud seed by. */
const LABEL = 'cidata';

/** A node's seed as an ISO: what is written to a stick or a disc, or given to a virtual machine. Pure. */
export function seedIso({ files }: NodeFiles): Uint8Array {
  const encoder = new TextEncoder();
  return isoImage(
    LABEL,
    Object.entries(files).map(([name, text]) => ({ name, bytes: encoder.encode(text) })),
  );
}
