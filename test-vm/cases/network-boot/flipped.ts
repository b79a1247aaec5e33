import { readFile, writeFile } from 'node:fs/promises';
import type { Served } from '../../../builder/pxe/served.ts';

/**
 * What a server has, with one bit that is not as it was built.
 * @param path where the wrong file goes
 * @param at offset of the byte; without it the middle
 */
export async function flipped(served: Served, path: string, at?: number): Promise<Served> {
  const { content, sizeBytes } = served.resource;
  if (content.kind !== 'file') throw new Error('it is no file');
  const bytes = await readFile(content.path);
  const place = at ?? Math.floor(sizeBytes / 2);
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  await writeFile(path, bytes);
  return { ...served, resource: { ...served.resource, content: { kind: 'file', path } } };
}
