import { KilnError } from '../../report/errors.ts';
import type { NodeFiles } from './node-files.ts';

const MIB = 1024 * 1024;

/** What a box reads of a seed: its metadata, and all of its files (kiln/seed_files.py on the box). */
const META_DATA_LIMIT = 4 * MIB;
const TOTAL_LIMIT = 16 * MIB;

/** @throws KilnError when a box would not take the files because of their size */
export function checkSizes({ node, files }: NodeFiles): void {
  const metaData = Buffer.byteLength(files['meta-data']);
  if (metaData > META_DATA_LIMIT) {
    throw tooLarge(`The metadata of ${node}`, metaData, META_DATA_LIMIT, {
      hint:
        'Apply large manifests with kubectl instead, and with very many workers let them share a ' +
        'token.',
    });
  }
  const total = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (total > TOTAL_LIMIT) {
    throw tooLarge(`The seed of ${node}`, total, TOTAL_LIMIT, {
      hint: 'Take large charts from a repository, and large files from a server or into the image.',
    });
  }
}

function tooLarge(what: string, size: number, limit: number, options: { hint: string }): KilnError {
  const has = (size / MIB).toFixed(1);
  return new KilnError(
    'definition',
    `${what} has ${has} MiB, and a box takes no more than ${limit / MIB}`,
    options,
  );
}
