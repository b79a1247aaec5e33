import type { Header } from 'tar-stream';
import { KilnError } from '../../report/errors.ts';
import type { ArchiveEntry, ArchiveEntryKind } from './unpacked.ts';

const KINDS: ReadonlyMap<string | null, ArchiveEntryKind> = new Map([
  ['file', 'file'],
  ['contiguous-file', 'file'],
  ['directory', 'directory'],
  ['symlink', 'symlink'],
  ['link', 'hardlink'],
]);

/** Line breaks and NUL would let a name say something else in lists; U+FFFD stands for bytes that are not UTF-8. */
const UNSAFE = /[\0\r\n\uFFFD]/;

/**
 * What a tar header of a package says, checked; undefined for the root directory itself.
 * @throws KilnError('verification') for anything that a package has no business to contain.
 */
export function entryOf(header: Header, label: string): ArchiveEntry | undefined {
  const kind = KINDS.get(header.type);
  if (kind === undefined)
    throw refused(label, header.name, `is a ${header.type ?? 'file of unknown type'}`);
  for (const key of Object.keys(header.pax ?? {})) {
    if (key.includes('.xattr.'))
      throw refused(label, header.name, `has the extended attribute ${key}`);
  }
  const path = pathOf(header.name, label);
  if (path === '') {
    if (kind === 'directory') return undefined;
    throw refused(label, header.name, 'has no name');
  }
  return {
    path,
    kind,
    mode: header.mode & 0o7777,
    uid: header.uid,
    gid: header.gid,
    mtime: Math.floor(header.mtime.getTime() / 1000),
    ...targetOf(kind, header, label),
  };
}

/** A member's name, relative to the root; empty for the root. */
function pathOf(name: string, label: string): string {
  if (UNSAFE.test(name))
    throw refused(label, name, 'has a control character or invalid UTF-8 in its name');
  if (name.startsWith('/')) throw refused(label, name, 'has an absolute name');
  const path = name.replace(/^(\.\/+)+/, '').replace(/\/+$/, '');
  if (path === '' || path === '.') return '';
  for (const part of path.split('/')) {
    if (part === '..') throw refused(label, name, 'leads out of the package');
    if (part === '' || part === '.')
      throw refused(label, name, 'has an empty component in its name');
  }
  return path;
}

function targetOf(
  kind: ArchiveEntryKind,
  header: Header,
  label: string,
): { readonly target?: string } {
  if (kind !== 'symlink' && kind !== 'hardlink') return {};
  const target = header.linkname ?? '';
  if (target === '' || UNSAFE.test(target))
    throw refused(label, header.name, 'is a link without a valid target');
  return { target: kind === 'symlink' ? target : pathOf(target, label) };
}

/**
 * Checks what only shows in the archive as a whole: each name once, files below directories only, hard
 * links to files that came before.
 */
export function checkEntries(entries: readonly ArchiveEntry[], label: string): void {
  const kinds = new Map<string, ArchiveEntryKind>();
  for (const { path, kind, target } of entries) {
    if (kinds.has(path)) throw refused(label, path, 'is there twice');
    if (kind === 'hardlink' && kinds.get(target ?? '') !== 'file') {
      throw refused(label, path, `is a hard link to ${target}, which is no file before it`);
    }
    kinds.set(path, kind);
  }
  for (const { path } of entries) {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash);
      const kind = kinds.get(parent) ?? 'directory';
      if (kind !== 'directory')
        throw refused(label, path, `is below ${parent}, which is a ${kind}`);
    }
  }
}

function refused(label: string, name: string, why: string): KilnError {
  return new KilnError('verification', `${label} contains ${JSON.stringify(name)}, which ${why}`, {
    hint: 'No Debian package has this. Do not use the package; check where it comes from.',
  });
}
