import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { KilnError } from '../../report/errors.ts';
import { SELF, stateOf } from '../../report/owner.ts';

/** 10,000 nodes take half of one. */
const MAX_BYTES = 16 << 20;

const FILE_BITS = 0o777;

/** Without O_NONBLOCK, a pipe in the file's place would be waited for. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

let written = 0;

/**
 * The bytes of a file that only its owner may see, or undefined when there is none.
 * @throws KilnError when others could read or change it, or it is no file
 */
export async function readPrivate(path: string): Promise<Buffer | undefined> {
  await using file = await openPrivate(path);
  if (file === undefined) return undefined;
  await checkPrivate(path, file);
  return await file.readFile();
}

/**
 * Writes a file, mode 0600, whole or not at all: beside its place first, under a name that a later run knows as
 * abandoned, then renamed. At no moment anybody else can read it.
 */
export async function writePrivate(path: string, content: Uint8Array | string): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await checkReplaceable(path);
  await removeAbandoned(path);
  written += 1;
  const temporary = `${prefixOf(path)}${SELF}-${written}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      // The umask can take even the owner's bits.
      await file.chmod(0o600);
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncDirectory(directory);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function openPrivate(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, READ);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') {
      throw new KilnError(
        'host',
        `${path} is a symbolic link: secrets are not looked for at its end`,
        {
          hint: 'name the file itself',
        },
      );
    }
    if (code === 'EACCES') throw new KilnError('host', `cannot read ${path}: no permission`);
    throw error;
  }
}

/** Looks at what was opened, not at what the path leads to by now. */
async function checkPrivate(path: string, file: FileHandle): Promise<void> {
  const found = await file.stat();
  if (!found.isFile()) throw new KilnError('host', `${path} is not a file`);
  if (found.uid !== process.geteuid?.()) {
    throw new KilnError('host', `${path} belongs to another user (uid ${found.uid})`, {
      hint: `if you trust what is in it, make it yours: chown ${process.geteuid?.()} ${path}`,
    });
  }
  const mode = found.mode & FILE_BITS;
  if ((mode & ~0o600) !== 0) {
    const octal = mode.toString(8).padStart(4, '0');
    throw new KilnError('host', `${path} has mode ${octal}, which is wider than 0600`, {
      hint: `chmod 600 ${path}; what others have read is no secret any more`,
    });
  }
  if (found.size > MAX_BYTES) {
    throw new KilnError('definition', `${path} is larger than ${MAX_BYTES >> 20} MB`);
  }
}

/** A directory cannot be replaced, and a device, a pipe or a link must not be. */
async function checkReplaceable(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || found.isFile()) return;
  throw new KilnError('host', `cannot write ${path}: what is there is not a file`, {
    hint: 'name a file, or a place where nothing is',
  });
}

function prefixOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.`);
}

/** What killed processes left of this file, secrets in it or not. */
async function removeAbandoned(path: string): Promise<void> {
  const prefix = basename(prefixOf(path));
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(prefix) || !name.endsWith('.tmp')) continue;
    if (stateOf(name.slice(prefix.length)) !== 'dead') continue;
    await rm(join(dirname(path), name), { force: true });
  }
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}
