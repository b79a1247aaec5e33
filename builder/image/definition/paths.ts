import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Report } from '../../report/diagnostic.ts';
import { didYouMean } from '../../report/suggest.ts';
import type { Sources, YamlPath } from '../../yaml/sources.ts';

/** Where Kiln's own files are, for names that an image file gives without a path. */
export interface Places {
  readonly overlays: string;
  readonly images: string;
}

/**
 * Overlay names as absolute directories: a plain name is one of Kiln's, a path is relative to the file that says it.
 * One that is no directory is reported.
 */
export function resolveOverlays(
  names: readonly string[],
  listPath: YamlPath,
  context: { readonly places: Places; readonly sources: Sources; readonly report: Report },
): readonly string[] {
  const { places, sources, report } = context;
  return names.map((name) => {
    const at = sources.ofItem(listPath, name);
    const isPath = name.includes('/') || /^\.{1,2}$/.test(name);
    const directory = isPath ? resolve(dirname(at.file.name), name) : join(places.overlays, name);
    if (!isDirectory(directory)) {
      const tail = isPath ? '' : didYouMean(name, directoriesIn(places.overlays));
      report.error(
        `there is no overlay "${name}"${tail}`,
        at,
        `looked for the directory ${directory}`,
      );
    }
    return directory;
  });
}

/** The absolute path of a file that the definition names at `place`; one that is no file is reported. */
export function resolveFile(
  path: string,
  place: { readonly at: YamlPath; readonly noun: string },
  { sources, report }: { readonly sources: Sources; readonly report: Report },
): string {
  const at = sources.at(place.at);
  const file = resolve(dirname(at.file.name), path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    report.error(`there is no ${place.noun} "${path}"`, at, `looked for the file ${file}`);
  }
  return file;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function directoriesIn(directory: string): readonly string[] {
  if (!isDirectory(directory)) return [];
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
