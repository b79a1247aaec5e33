import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Report, SourcePos } from '../../report/diagnostic.ts';
import type { Sources } from '../../yaml/sources.ts';

/** What reads files that a site names: errors go to where the file is named. */
export interface Reading {
  readonly sources: Sources;
  readonly report: Report;
}

/** A file as a site names it. */
export interface FileName {
  /** Where it is named. */
  readonly at: SourcePos;
  /** Relative to the file that names it. */
  readonly path: string;
  /** What it is, for messages: "chart". */
  readonly noun: string;
  /** More is not read. */
  readonly maxBytes: number;
}

/** The absolute path of what is named in a site file. */
export function absolutePath({ at, path }: Pick<FileName, 'at' | 'path'>): string {
  return resolve(dirname(at.file.name), path);
}

/** The bytes of a named file; undefined when it cannot be had, which is reported. Contents are in no message. */
export async function readNamed(name: FileName, reading: Reading): Promise<Buffer | undefined> {
  const { report } = reading;
  const { at } = name;
  const path = absolutePath(name);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) {
    report.error(`there is no ${name.noun} "${name.path}"`, at, `looked for the file ${path}`);
    return undefined;
  }
  if (found.size > name.maxBytes) {
    const limit = `${name.noun}s have ${sizeText(name.maxBytes)} at most`;
    report.error(`"${name.path}" has ${sizeText(found.size)}; ${limit}`, at);
    return undefined;
  }
  return await readFile(path).catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? error.code : 'it failed';
    report.error(`"${name.path}" cannot be read (${String(reason)})`, at);
    return undefined;
  });
}

/** The same for a text. */
export async function readNamedText(name: FileName, reading: Reading): Promise<string | undefined> {
  const bytes = await readNamed(name, reading);
  if (!bytes) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    reading.report.error(`"${name.path}" is not UTF-8 text`, name.at);
    return undefined;
  }
}

function sizeText(bytes: number): string {
  return bytes < 1 << 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${Math.ceil(bytes / (1 << 20))} MiB`;
}
