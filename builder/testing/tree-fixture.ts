import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { ArchiveEntry, UnpackedPackage } from '../image/store/unpacked.ts';
import { mergeLayers } from '../image/tree/merge.ts';
import type { Content, Tree, TreeEntry } from '../image/tree/tree.ts';
import { KilnError } from '../report/errors.ts';
import { sha256 } from '../report/sha256.ts';
import { decodeYaml } from '../yaml/decode.ts';
import type { Decoder } from '../yaml/decoder.ts';
import type { Sources } from '../yaml/sources.ts';

/** 2023-11-14T22:13:20Z. */
export const EPOCH = 1_700_000_000;

/**
 * A path's content in a few characters: text is a file, `-> x` a symlink, `=> x` a hard link, `/` a directory; an
 * octal mode may come first, as in `4755:text`.
 */
export type Files = Readonly<Record<string, string>>;

interface Parsed {
  readonly kind: ArchiveEntry['kind'];
  readonly mode: number;
  readonly text: string;
}

function parse(written: string): Parsed {
  const [, octal, rest = ''] = /^(?:([0-7]{3,4}):)?(.*)$/s.exec(written) ?? [];
  const mode = (standard: number) => (octal === undefined ? standard : Number.parseInt(octal, 8));
  if (rest === '/') return { kind: 'directory', mode: mode(0o755), text: '' };
  if (rest.startsWith('-> ')) return { kind: 'symlink', mode: 0o777, text: rest.slice(3) };
  if (rest.startsWith('=> ')) return { kind: 'hardlink', mode: mode(0o644), text: rest.slice(3) };
  return { kind: 'file', mode: mode(0o644), text: rest };
}

/** A tree in memory, owned by root, with its parents. */
export function treeOf(files: Files, origin = 'test 1.0'): Tree {
  const entries = Object.entries(files).map(([path, written]): TreeEntry => {
    const { kind, mode, text } = parse(written);
    const common = { path, mode, uid: 0, gid: 0, mtime: EPOCH, origin };
    if (kind === 'directory') return { ...common, kind };
    if (kind !== 'file') return { ...common, kind, target: text };
    return { ...common, kind, content: { kind: 'bytes', bytes: Buffer.from(text) } };
  });
  return mergeLayers(
    new Map(),
    [{ name: origin, entries, advice: '', mayReplace: () => true }],
    EPOCH,
  );
}

/** A package as the store would give it, with its bytes in a file below `directory`. */
export function unpackedOf(
  directory: string,
  nameAndVersion: string,
  files: Files,
  control: Readonly<Record<string, string>> = {},
): UnpackedPackage {
  const [name = '', version = '1.0'] = nameAndVersion.split(' ');
  const pieces: Buffer[] = [];
  let end = 0;
  const entries = Object.entries(files).map(([path, written]): ArchiveEntry => {
    const { kind, mode, text } = parse(written);
    const common = { path, kind, mode, uid: 0, gid: 0, mtime: EPOCH - 1000 };
    if (kind === 'directory') return common;
    if (kind !== 'file') return { ...common, target: text };
    const bytes = Buffer.from(text);
    const offset = end;
    pieces.push(bytes);
    end += bytes.length;
    return { ...common, offset, sizeBytes: bytes.length, sha256: sha256(bytes) };
  });
  const contentsPath = join(directory, `${name}.contents`);
  writeFileSync(contentsPath, Buffer.concat(pieces));
  return { name, version, control: { ...control }, controlFiles: {}, entries, contentsPath };
}

/** A range of a file that is made for it. */
export function rangeOf(directory: string, bytes: Buffer, before = 0): Content & { kind: 'range' } {
  const file = join(directory, `range-${sha256(bytes).slice(0, 8)}`);
  writeFileSync(file, Buffer.concat([Buffer.alloc(before, 0x2e), bytes]));
  return { kind: 'range', file, offset: before, sizeBytes: bytes.length, sha256: sha256(bytes) };
}

/** Writes files to the host's disk. */
export function writeFiles(directory: string, files: Files): void {
  for (const [path, written] of Object.entries(files)) {
    const { kind, mode, text } = parse(written);
    const target = join(directory, path);
    mkdirSync(kind === 'directory' ? target : dirname(target), { recursive: true });
    if (kind === 'symlink') symlinkSync(text, target);
    if (kind === 'file') writeFileSync(target, text, { mode });
  }
}

/** An empty directory that is gone after the test. */
export function temporaryDirectory(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'kiln-test-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const ANYTHING: Decoder<true> = { expected: '', schema: () => ({}), decode: () => true };

/** Where the values of a definition are written. */
export function sourcesOf(text: string): Sources {
  return decodeYaml({ name: 'images/x.yaml', text }, ANYTHING).sources;
}

/** One line for each entry: mode, owner, path, what it is. */
export function listing(tree: Tree | readonly TreeEntry[]): readonly string[] {
  return [...tree.values()].map((entry) => {
    const head = `${entry.mode.toString(8)} ${entry.uid}:${entry.gid} ${entry.path}`;
    return `${head}${contentOf(entry)}`;
  });
}

function contentOf(entry: TreeEntry): string {
  switch (entry.kind) {
    case 'directory':
      return '/';
    case 'symlink':
      return ` -> ${entry.target}`;
    case 'hardlink':
      return ` => ${entry.target}`;
    case 'file': {
      const { content } = entry;
      return content.kind === 'bytes' ? `: ${content.bytes}` : `: ${content.sizeBytes} bytes`;
    }
  }
}

/** What a user reads of an expected failure, with temporary directories named by one word. */
export async function failureOf(
  work: () => unknown,
  names: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof KilnError)) throw error;
    const hint = error.hint === undefined ? '' : `\nhint: ${error.hint}`;
    const text = `${error.code}: ${error.message}${hint}`;
    return Object.entries(names).reduce((all, [from, to]) => all.replaceAll(from, to), text);
  }
  throw new Error('nothing failed');
}
