import { link, mkdir, open, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { readData } from '../image/store/package-reader.ts';
import type { VerifiedPath } from '../image/store/store.ts';
import type { ArchiveEntry } from '../image/store/unpacked.ts';
import { KilnError } from '../report/errors.ts';
import type { XzDecoder } from './xz.ts';

/** What no program reads. */
const LEFT_OUT = /^usr\/share\/(doc|man|info|locale|lintian|bash-completion|bug)\//;

/** Debian's merged /usr: base-files links these there, and Kiln's tools have no base-files. */
const MERGED = /^(bin|sbin|lib|lib32|lib64|libx32)\//;

const BLOCK_BYTES = 4096;
const ZEROS = Buffer.alloc(1 << 16);

/** A symlink that is still to be made: relative to the root, target as it will be written. */
export interface Link {
  readonly path: string;
  readonly target: string;
}

/**
 * Puts a package's files below `root`, as the user who runs Kiln: without owners, setuid bits, devices
 * and documentation.
 * @returns its symlinks, which `makeLinks` makes when all files are there: so no file of another
 * package is ever written through one.
 */
export async function installPackage(
  deb: VerifiedPath,
  label: string,
  xz: XzDecoder,
  root: string,
): Promise<readonly Link[]> {
  const links: Link[] = [];
  await readData(deb, label, xz, async (entry, body) => {
    const path = merged(entry.path);
    if (entry.kind === 'directory' || LEFT_OUT.test(path)) return;
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    if (entry.kind === 'symlink')
      links.push({ path, target: insideRoot(path, entry.target ?? '') });
    else if (entry.kind === 'hardlink') await link(join(root, merged(entry.target ?? '')), target);
    else await writeSparse(target, entry, body, label);
  });
  return links;
}

/** Makes the symlinks of all packages; one that only repeats a directory is left out. */
export async function makeLinks(root: string, links: readonly Link[]): Promise<void> {
  for (const { path, target } of links) {
    try {
      await symlink(target, join(root, path));
    } catch (error) {
      const there = await stat(join(root, path)).catch(() => undefined);
      if (there?.isDirectory() !== true) throw error;
    }
  }
}

function merged(path: string): string {
  return path.replace(MERGED, 'usr/$&');
}

/** An absolute target would lead to the host's files. */
function insideRoot(path: string, target: string): string {
  return target.startsWith('/') ? relative(dirname(`/${path}`), target) : target;
}

/** Leaves holes for blocks of zeros: firmware images for QEMU are padded to 64 MiB. */
async function writeSparse(
  path: string,
  entry: ArchiveEntry,
  body: AsyncIterable<Buffer>,
  label: string,
): Promise<void> {
  const mode = (entry.mode & 0o111) === 0 ? 0o644 : 0o755;
  await using file = await create(path, mode, entry, label);
  let position = 0;
  for await (const chunk of body) {
    if (!isZero(chunk)) await file.write(chunk, 0, chunk.length, position);
    position += chunk.length;
  }
  await file.truncate(position);
}

async function create(path: string, mode: number, entry: ArchiveEntry, label: string) {
  try {
    return await open(path, 'wx', mode);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new KilnError('lock', `Two tool packages have the file ${entry.path}; one is ${label}`, {
      hint: 'Take one of the two out of images/tools.yaml, or list it under omit, and lock again.',
    });
  }
}

function isZero(chunk: Buffer): boolean {
  if (chunk.length < BLOCK_BYTES) return false;
  for (let at = 0; at < chunk.length; at += ZEROS.length) {
    const part = chunk.subarray(at, at + ZEROS.length);
    if (!part.equals(ZEROS.subarray(0, part.length))) return false;
  }
  return true;
}
