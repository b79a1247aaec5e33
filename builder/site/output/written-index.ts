import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../report/error-code.ts';

/** Name of the index in a site's directory. */
export const INDEX = '.kiln-site.json';

/** What Kiln has written into a site's directory: only that may it remove. */
export interface WrittenIndex {
  /** Names of files, sorted. */
  readonly files: readonly string[];
  /** Whether there is a tree for HTTP, which is kept as the rest is. */
  readonly http: boolean;
}

/** Names that Kiln gives: none of them leads out of the directory. */
const FILE_NAME = /^[a-z0-9][a-z0-9.-]*$/;

/** The index of a directory; undefined when it is missing or damaged, and nothing is known. */
export async function readIndex(directory: string): Promise<WrittenIndex | undefined> {
  const text = await readFile(join(directory, INDEX), 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  });
  return decode(text);
}

/** The index's text: the same for the same contents. */
export function indexText({ files, http }: WrittenIndex): string {
  return `${JSON.stringify({ format: 1, http, files: [...new Set(files)].sort() }, undefined, 1)}\n`;
}

function decode(text: string): WrittenIndex | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { format, http, files } = value as Partial<WrittenIndex> & { readonly format?: unknown };
    const isSound =
      format === 1 &&
      typeof http === 'boolean' &&
      Array.isArray(files) &&
      files.every((name) => typeof name === 'string' && FILE_NAME.test(name));
    return isSound ? { files, http } : undefined;
  } catch {
    return undefined;
  }
}
