import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Gives a directory with all that is in it to a user and the group of the same number. */
export async function giveTo(uid: number, directory: string): Promise<void> {
  await lchown(directory, uid, uid);
  for (const name of await readdir(directory, { recursive: true })) {
    await lchown(join(directory, name), uid, uid);
  }
}

/** Takes everybody's right to write below a directory. */
export async function makeReadOnly(directory: string): Promise<void> {
  for (const name of ['', ...(await readdir(directory, { recursive: true }))]) {
    const path = join(directory, name);
    const stat = await lstat(path);
    if (!stat.isSymbolicLink()) await chmod(path, stat.mode & 0o555);
  }
}

/** Every file below a directory with what changes when somebody touches it. */
export async function listing(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const lines = entries.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    const { size, mtimeMs, mode } = await lstat(path);
    return `${relative(directory, path)} ${size} ${mtimeMs} ${mode.toString(8)}`;
  });
  return (await Promise.all(lines)).sort();
}
