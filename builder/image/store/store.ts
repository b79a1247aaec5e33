import { chmod, mkdir, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { KilnError } from '../../report/errors.ts';
import { type Sha256, sha256OfFile } from '../../report/sha256.ts';
import { cacheDirectory } from '../cache-directory.ts';
import { findDerived, makeDerived } from './derived.ts';
import { Layout } from './layout.ts';
import { endOfGc, register } from './registration.ts';
import { isSettled, readNote, stampOf, writeNote } from './stamp.ts';
import { removeAbandoned, removeTree, renameIfPresent, temporaryName } from './temporary.ts';

declare const verified: unique symbol;

/** Path of a file whose bytes had the sha256 that they were asked for by; made by the store only. */
export type VerifiedPath = string & { readonly [verified]: true };

/** One file to have in the store. */
export interface Wanted {
  readonly sha256: Sha256;
  /** Left out only where nobody says it beforehand (a k0s release). */
  readonly sizeBytes?: number;
  /** For messages. */
  readonly name: string;
  /** Addresses in order of preference. */
  readonly urls: readonly string[];
}

/**
 * Files by content and directories by what they were made from, shared by all images, and by
 * commands that run at the same time: everything is made aside and then renamed into place.
 */
export class Store {
  readonly root: string;
  readonly layout: Layout;
  /** Tells the user what went wrong and was put right. */
  readonly warn: (text: string) => void;
  readonly #files = new Map<Sha256, Promise<VerifiedPath | undefined>>();
  readonly #derived = new Map<string, Promise<string>>();

  private constructor(layout: Layout, warn: (text: string) => void) {
    this.root = layout.root;
    this.layout = layout;
    this.warn = warn;
  }

  /**
   * Opens the store, makes its directories and removes what dead processes left in it.
   * `warn` is told what went wrong and was put right: corrupt entries, mirrors that fail while others do not.
   */
  static async open(
    root: string,
    options: { readonly warn?: (text: string) => void } = {},
  ): Promise<Store> {
    const layout = new Layout(root);
    try {
      for (const directory of layout.directories) await mkdir(directory, { recursive: true });
      await register(layout);
      await removeAbandoned(layout);
    } catch (error) {
      throw unusable(layout.root, error);
    }
    return new Store(layout, options.warn ?? (() => {}));
  }

  /** The verified file, or undefined; a corrupt entry counts as absent and is removed. */
  get(digest: Sha256): Promise<VerifiedPath | undefined> {
    const known = this.#files.get(digest);
    if (known !== undefined) return known;
    const found = this.#verify(digest).then((path) => {
      if (path === undefined) this.#files.delete(digest);
      return path;
    });
    found.catch(() => this.#files.delete(digest));
    this.#files.set(digest, found);
    return found;
  }

  /**
   * Moves a file of the store's temporary directory into place. The caller has just seen that its
   * bytes have this digest, and has nobody else writing to it.
   */
  async adopt(temporary: string, digest: Sha256): Promise<VerifiedPath> {
    const path = this.layout.fileOf(digest);
    await chmod(temporary, 0o444);
    await mkdir(dirname(path), { recursive: true });
    await rename(temporary, path);
    await writeNote(this.layout.stampOf(digest), '');
    return path as VerifiedPath;
  }

  /**
   * A directory computed once for a key and kept: `make` fills an empty directory, which is then
   * moved into place; safe with concurrent builds. `key` must contain everything that determines the
   * result. The directory must not be changed afterwards.
   */
  derived(kind: string, key: string, make: (directory: string) => Promise<void>): Promise<string> {
    const entry = this.layout.derivedOf(kind, key);
    const known = this.#derived.get(entry);
    if (known !== undefined) return known;
    const found = findDerived(this.layout, entry).then(
      (path) => path ?? makeDerived(this.layout, entry, { kind, key }, make),
    );
    found.catch(() => this.#derived.delete(entry));
    this.#derived.set(entry, found);
    return found;
  }

  /** Digest of a file outside of the store, read again only when the file has changed. */
  async digestOf(path: string): Promise<Sha256> {
    const note = this.layout.digestNoteOf(resolve(path));
    const before = stampOf(path);
    const [digest, stamp] = readNote(note)?.split('\n') ?? [];
    if (digest !== undefined && before !== undefined && stamp === before) return digest;
    const fresh = await sha256OfFile(path);
    if (isSettled(path) && stampOf(path) === before) await writeNote(note, `${fresh}\n${before}`);
    return fresh;
  }

  async #verify(digest: Sha256): Promise<VerifiedPath | undefined> {
    const path = this.layout.fileOf(digest);
    const note = this.layout.stampOf(digest);
    const stamp = stampOf(path);
    if (stamp === undefined) return undefined;
    const isKnown = readNote(note) === stamp;
    if (!isKnown) await writeNote(note, '');
    await endOfGc(this.layout);
    if (stampOf(path) !== stamp) return undefined;
    if (isKnown) return path as VerifiedPath;
    if ((await sha256OfFile(path)) !== digest) {
      await this.#discard(path, stamp);
      return undefined;
    }
    await writeNote(note, isSettled(path) && stampOf(path) === stamp ? stamp : '');
    return path as VerifiedPath;
  }

  /** Removes a corrupt file, unless another process has replaced it meanwhile. */
  async #discard(path: string, stamp: string): Promise<void> {
    if (stampOf(path) !== stamp) return;
    const aside = temporaryName(this.layout);
    if (await renameIfPresent(path, aside)) await removeTree(aside);
    this.warn(`${path} is corrupt: removed, it will be fetched again`);
  }
}

/** Where the store is: `KILN_STORE`, else `kiln` in the user's cache. */
export function defaultStoreRoot(env: NodeJS.ProcessEnv): string {
  return env.KILN_STORE ? resolve(env.KILN_STORE) : join(cacheDirectory(env), 'kiln');
}

function unusable(root: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new KilnError('host', `the store ${root} cannot be used: ${error.message}`, {
    hint: 'set KILN_STORE to a directory that Kiln may write to',
    cause: error,
  });
}
