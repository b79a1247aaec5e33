import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasCode } from '../../report/error-code.ts';
import { KilnError } from '../../report/errors.ts';
import { SELF } from '../../report/owner.ts';

/**
 * Reads a sheet of labels; undefined when there is none yet.
 * @throws KilnError `usage` when it cannot be one, or its directory is not there
 */
export async function readSheet(path: string): Promise<string | undefined> {
  if (!path.endsWith('.html')) {
    throw new KilnError('usage', `--labels ${path}: labels are written as HTML`, {
      hint: `name a file that says so: ${path}.html`,
    });
  }
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined;
    const why = hasCode(cause, 'EISDIR') ? 'it is a directory' : 'no permission, or no file';
    throw new KilnError('usage', `--labels ${path} cannot be read: ${why}`, { cause });
  }
}

/** Writes a sheet; whoever looks at it meanwhile sees the old one or the new one. */
export async function writeSheet(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${SELF}.tmp`);
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
