import type { Arch } from '../../image/arch.ts';
import { type Manifest, readManifest } from '../../image/release/manifest.ts';
import type { SourcePos } from '../../report/diagnostic.ts';
import { KilnError } from '../../report/errors.ts';
import { absolutePath, type Reading } from './named-file.ts';
import type { WrittenRelease } from './schema-cluster.ts';

/** A release that a site names. */
export interface NamedRelease {
  readonly at: SourcePos;
  readonly directory: string;
  readonly manifest: Manifest;
}

/** The releases that nodes boot, by architecture. One that is not there, or is for another machine, is reported. */
export async function readReleases(
  written: WrittenRelease | undefined,
  arch: Arch | undefined,
  reading: Reading,
): Promise<ReadonlyMap<Arch, NamedRelease>> {
  const found = new Map<Arch, NamedRelease>();
  if (written === undefined) return found;
  const named: readonly (readonly [Arch | undefined, string, SourcePos])[] =
    'one' in written
      ? [[arch, written.one, reading.sources.at(['image', 'release'])]]
      : (['x86_64', 'arm64'] as const).flatMap((each) => {
          const path = written.each[each];
          return path === undefined
            ? []
            : [[each, path, reading.sources.at(['image', 'release', each])] as const];
        });
  for (const [expected, path, at] of named) {
    const release = await readRelease(path, at, reading);
    if (!release) continue;
    const { manifest } = release;
    if (expected !== undefined && manifest.arch !== expected) {
      const message = `"${path}" is for ${manifest.arch}, and ${expected} is wanted here`;
      reading.report.error(message, at);
    }
    found.set(manifest.arch, release);
  }
  return found;
}

async function readRelease(
  path: string,
  at: SourcePos,
  { report }: Reading,
): Promise<NamedRelease | undefined> {
  const directory = absolutePath({ at, path });
  try {
    return { at, directory, manifest: await readManifest(directory) };
  } catch (error) {
    if (!(error instanceof KilnError)) throw error;
    report.error(error.message, at, error.hint);
    return undefined;
  }
}
