import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Report } from '../../report/diagnostic.ts';
import { KilnError } from '../../report/errors.ts';
import { sha256OfFile } from '../../report/sha256.ts';
import { compareBytes } from './byte-order.ts';
import { MANIFEST, type OverlayManifest, readManifest } from './overlay-manifest.ts';
import { renderTemplate, type View } from './template.ts';
import type { Content, TreeEntry } from './tree.ts';

/** A directory of the host, read. */
export interface Overlay {
  /** For messages: `overlay base`. */
  readonly origin: string;
  readonly entries: readonly TreeEntry[];
  readonly manifest: OverlayManifest;
}

/** What is larger stays on the host's disk until it is written. */
const MAX_BYTES_IN_MEMORY = 256 << 10;
/** Makes git keep an empty directory. */
const KEEP = '.keep';
const TEMPLATE_SUFFIX = '.mustache';

/**
 * Reads a directory of the host as it will lie over the tree. Everything belongs to root; directories and
 * executables are 0755, other files 0644, whatever the umask was when they were checked out. Templates
 * are rendered, and lose their suffix; times are the epoch. Errors in templates are reported.
 */
export async function readOverlay(
  directory: string,
  view: View,
  epoch: number,
  report: Report,
): Promise<Overlay> {
  const origin = `overlay ${basename(directory)}`;
  const reader = new OverlayReader(directory, { view, epoch, report, origin });
  const [manifest, entries] = await Promise.all([readManifest(directory), reader.read('')]);
  return { origin, entries, manifest };
}

interface Reading {
  readonly view: View;
  readonly epoch: number;
  readonly report: Report;
  readonly origin: string;
}

class OverlayReader {
  readonly #directory: string;
  readonly #reading: Reading;

  constructor(directory: string, reading: Reading) {
    this.#directory = directory;
    this.#reading = reading;
  }

  async read(below: string): Promise<readonly TreeEntry[]> {
    const names = (await readdir(join(this.#directory, below))).sort(compareBytes);
    const entries: TreeEntry[] = [];
    for (const name of names) {
      if (name === KEEP || (below === '' && name === MANIFEST)) continue;
      entries.push(...(await this.#readOne(below === '' ? name : `${below}/${name}`)));
    }
    return entries;
  }

  async #readOne(path: string): Promise<readonly TreeEntry[]> {
    const file = join(this.#directory, path);
    const { epoch, origin } = this.#reading;
    const common = { path, mode: 0o755, uid: 0, gid: 0, mtime: epoch, origin };
    const status = await lstat(file);
    if (status.isDirectory()) return [{ ...common, kind: 'directory' }, ...(await this.read(path))];
    if (status.isSymbolicLink()) {
      return [{ ...common, mode: 0o777, kind: 'symlink', target: await readlink(file) }];
    }
    if (!status.isFile()) {
      throw new KilnError('definition', `${file} is neither a file, a directory nor a symlink`, {
        hint: 'Devices, sockets and pipes are made on the box: by tmpfiles.d or by a unit.',
      });
    }
    const mode = status.mode & 0o100 ? 0o755 : 0o644;
    const isTemplate = path.endsWith(TEMPLATE_SUFFIX);
    const content = isTemplate ? await this.#render(file) : await contentOfFile(file, status.size);
    const target = isTemplate ? path.slice(0, -TEMPLATE_SUFFIX.length) : path;
    return [{ ...common, path: target, mode, kind: 'file', content }];
  }

  async #render(file: string): Promise<Content> {
    const { view, report } = this.#reading;
    const text = await readFile(file, 'utf8');
    return {
      kind: 'bytes',
      bytes: Buffer.from(renderTemplate({ name: file, text }, view, report)),
    };
  }
}

async function contentOfFile(file: string, sizeBytes: number): Promise<Content> {
  if (sizeBytes <= MAX_BYTES_IN_MEMORY) return { kind: 'bytes', bytes: await readFile(file) };
  return { kind: 'range', file, offset: 0, sizeBytes, sha256: await sha256OfFile(file) };
}
