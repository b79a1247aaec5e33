import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import {
  type Loaded,
  loadDefinition,
  type Overrides,
  type Reading,
  readDefinition,
} from '../image/definition/load.ts';
import { DiagnosticsError } from '../report/format.ts';
import { Scratch } from '../report/scratch.ts';

/** The smallest image file that is complete. */
export const SMALLEST_IMAGE = `name: tiny
version: 1.2.3
arch: x86_64
suites: { trixie: {} }
packages: [bash]
kernel: { flavour: amd64 }
k0s: { stand-in: true }
`;

/** Loads `images/a.yaml` of a project that has these files (a name that ends in "/" is a directory). */
export async function loadImage(
  t: ExecutionContext,
  files: Readonly<Record<string, string>>,
  overrides: Overrides = {},
): Promise<Loaded> {
  const project = await writeProject(t, files);
  return loadDefinition(join(project, 'images/a.yaml'), { overrides, project });
}

/** Reads an image file that may be wrong, with this text. */
export async function readImage(t: ExecutionContext, text: string): Promise<Reading> {
  const project = await writeProject(t, { 'images/a.yaml': text });
  return readDefinition(join(project, 'images/a.yaml'), { project });
}

async function writeProject(
  t: ExecutionContext,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const scratch = await Scratch.create('image-files');
  t.teardown(() => scratch[Symbol.asyncDispose]());
  for (const [name, content] of Object.entries(files)) {
    const path = join(scratch.path, name);
    await mkdir(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) await writeFile(path, content);
  }
  return scratch.path;
}

/** The text of all errors of such a project, without the directory that it lies in. */
export async function imageErrors(
  t: ExecutionContext,
  files: Readonly<Record<string, string>>,
  overrides: Overrides = {},
): Promise<string> {
  const error = await t.throwsAsync(loadImage(t, files, overrides), {
    instanceOf: DiagnosticsError,
  });
  return (error?.message ?? '').replaceAll(/\/\S*\/kiln-image-files-[^/]*\//g, '');
}
