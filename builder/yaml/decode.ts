import { readFile } from 'node:fs/promises';
import { Report, type SourceFile } from '../report/diagnostic.ts';
import { KilnError } from '../report/errors.ts';
import { DiagnosticsError } from '../report/format.ts';
import { sha256 } from '../report/sha256.ts';
import type { Decoder } from './decoder.ts';
import type { YamlNode } from './node.ts';
import { parseYaml } from './parse.ts';
import { Sources } from './sources.ts';

/** More than a site of ten thousand nodes has; a disk image named by mistake is not read. */
const MAX_BYTES = 16 << 20;

/** A value with the places that it was read from. */
export interface Decoded<T> {
  readonly value: T;
  readonly sources: Sources;
}

/**
 * Decodes the text of one YAML file.
 * @throws DiagnosticsError with everything that is wrong with it
 */
export function decodeYaml<T>(file: SourceFile, decoder: Decoder<T>): Decoded<T> {
  const report = new Report();
  const root = parseYaml(file, report);
  const value = decoder.decode(root, { report, extent: 'whole' });
  if (value === undefined || !report.isEmpty)
    throw new DiagnosticsError(file.name, report.diagnostics);
  return { value, sources: sourcesOf(file, root) };
}

/**
 * Reads and decodes one YAML file.
 * @throws DiagnosticsError with everything that is wrong with it, KilnError when it cannot be read
 */
export async function loadYaml<T>(path: string, decoder: Decoder<T>): Promise<Decoded<T>> {
  return decodeYaml(await readSource(path), decoder);
}

/**
 * A text file as the user named it.
 * @throws KilnError when it is missing, unreadable, too large or not UTF-8
 */
export async function readSource(path: string): Promise<SourceFile> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new KilnError('definition', `cannot read ${path}: ${reasonOf(cause)}`, { cause });
  });
  if (bytes.length > MAX_BYTES) {
    throw new KilnError(
      'definition',
      `${path} is larger than ${MAX_BYTES >> 20} MB: not a YAML file of Kiln's`,
    );
  }
  try {
    return {
      name: path,
      text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
    };
  } catch (cause) {
    throw new KilnError('definition', `${path} is not UTF-8 text`, { cause });
  }
}

/** The table of places of one file. */
export function sourcesOf(file: SourceFile, root: YamlNode): Sources {
  return new Sources(file.name, [{ path: file.name, sha256: sha256(file.text) }], root);
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a directory';
  if (code === 'EACCES') return 'no permission';
  return error instanceof Error ? error.message : String(error);
}
