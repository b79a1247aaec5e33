import type { ArchiveEntry, ArchiveEntryKind, UnpackedPackage } from './unpacked.ts';

/** What the index file holds of a package. */
type Index = Omit<UnpackedPackage, 'contentsPath'>;

/** `[path, mode, uid, gid, mtime, size, sha256]` or, for what is no file, `[path, mode, uid, gid, mtime, kind, target]`. */
type Row = readonly [string, number, number, number, number, number | ArchiveEntryKind, string];

interface Stored extends Omit<Index, 'entries'> {
  readonly rows: readonly Row[];
}

/**
 * The index as compact JSON. Offsets are left out: the files lie one after the other, in the order of
 * the entries.
 */
export function encodeIndex({ entries, ...rest }: Index): string {
  const rows = entries.map((entry): Row => {
    const { path, mode, uid, gid, mtime } = entry;
    const common = [path, mode, uid, gid, mtime] as const;
    return entry.kind === 'file'
      ? [...common, entry.sizeBytes ?? 0, entry.sha256 ?? '']
      : [...common, entry.kind, entry.target ?? ''];
  });
  return JSON.stringify({ ...rest, rows } satisfies Stored);
}

/** The reverse of `encodeIndex`; the text is Kiln's own, from the store. */
export function decodeIndex(text: string): Index {
  const { rows, ...rest }: Stored = JSON.parse(text);
  let offset = 0;
  const entries = rows.map(([path, mode, uid, gid, mtime, sizeOrKind, last]): ArchiveEntry => {
    const common = { path, mode, uid, gid, mtime };
    if (typeof sizeOrKind === 'number') {
      const start = offset;
      offset += sizeOrKind;
      return { ...common, kind: 'file', offset: start, sizeBytes: sizeOrKind, sha256: last };
    }
    return last === ''
      ? { ...common, kind: sizeOrKind }
      : { ...common, kind: sizeOrKind, target: last };
  });
  return { ...rest, entries };
}
