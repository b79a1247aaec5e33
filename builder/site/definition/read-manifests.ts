import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LineCounter, parseAllDocuments } from 'yaml';
import type { SourcePos } from '../../report/diagnostic.ts';
import { absolutePath, type Reading, readNamedText } from './named-file.ts';
import { FILE_NAME_PATTERN } from './schema-cluster.ts';
import type { Manifest } from './site.ts';

/** Manifests are part of the metadata of controllers, of which the box reads 4 MiB; tokens and certificates need some. */
const MAX_BYTES = 3 << 20;

/** What k0s ignores, and what it overwrites with its own (k0s, pkg/applier/manager.go). */
export const RESERVED: readonly string[] = [
  ...['api-config', 'autopilot', 'bootstraprbac', 'etcd-member', 'helm', 'windows'],
  ...['coredns', 'kuberouter', 'kubeproxy', 'konnectivity', 'metricserver', 'metrics'],
];

/** Stacks that Kiln itself makes on controllers begin with this. */
const OWN = 'kiln-';

interface Source {
  readonly stack: string;
  readonly at: SourcePos;
  /** As the site names it, or the file of a directory that it names. */
  readonly path: string;
}

/** The manifests that a site names, in byte order of their paths on the box. */
export async function readManifests(
  written: Readonly<Record<string, readonly string[]>>,
  reading: Reading,
): Promise<readonly Manifest[]> {
  const stacks = Object.entries(written);
  for (const [stack] of stacks) checkStack(stack, reading);
  const named = stacks.flatMap(([stack, paths]) =>
    paths.map(
      (path): Source => ({ stack, path, at: reading.sources.at(['manifests', stack, path]) }),
    ),
  );
  const sources = (await Promise.all(named.map((each) => filesOf(each, reading)))).flat();
  const manifests = (await Promise.all(sources.map((each) => readManifest(each, reading)))).flat();
  checkTotal(manifests, reading);
  return manifests.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf({ stack, name }: Manifest): string {
  return `${stack}/${name}`;
}

function checkStack(stack: string, { sources, report }: Reading): void {
  const at = sources.keyAt(['manifests'], stack);
  const note = 'choose another name for the stack';
  if (RESERVED.includes(stack)) report.error(`"${stack}" is a stack of k0s's own`, at, note);
  if (stack.startsWith(OWN)) report.error(`"${OWN}…" are stacks of Kiln's own`, at, note);
}

/** A directory stands for its files. */
async function filesOf(source: Source, reading: Reading): Promise<readonly Source[]> {
  const { report } = reading;
  const path = absolutePath(source);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) return [source];
  const names = await readdir(path).catch(() => []);
  const { at } = source;
  const misnamed = names.find((name) => /\.(yml|json)$/.test(name));
  if (misnamed !== undefined) {
    report.error(`"${source.path}" has "${misnamed}", and k0s reads only *.yaml`, at, 'rename it');
  }
  const files = names.filter((name) => name.endsWith('.yaml')).sort();
  if (files.length === 0) report.error(`the directory "${source.path}" has no *.yaml`, at);
  return files.map((name) => ({ ...source, path: join(source.path, name) }));
}

async function readManifest(source: Source, reading: Reading): Promise<readonly Manifest[]> {
  const { report } = reading;
  const { at } = source;
  const name = basename(source.path);
  if (!name.endsWith('.yaml') || !FILE_NAME_PATTERN.test(name)) {
    const rule = 'letters, digits, ".", "_" and "-", with ".yaml" at the end';
    report.error(`k0s reads no manifest of the name "${name}"`, at, `it reads ${rule}`);
    return [];
  }
  const text = await readNamedText({ ...source, noun: 'manifest', maxBytes: MAX_BYTES }, reading);
  if (text === undefined) return [];
  if (text.trim() === '') {
    report.error(`the manifest "${source.path}" is empty`, at);
    return [];
  }
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { prettyErrors: false, lineCounter });
  const [problem] = documents.flatMap(({ errors = [] }) => errors);
  if (problem) {
    const { line, col } = lineCounter.linePos(problem.pos[0]);
    const note = `${source.path}:${line}:${col}: ${problem.message}`;
    report.error(`the manifest "${source.path}" is not valid YAML`, at, note);
  }
  return [{ stack: source.stack, name, text }];
}

function checkTotal(manifests: readonly Manifest[], { sources, report }: Reading): void {
  const seen = new Set<string>();
  for (const manifest of manifests) {
    const key = keyOf(manifest);
    const at = sources.keyAt(['manifests'], manifest.stack);
    if (seen.has(key)) report.error(`"${key}" is given twice`, at);
    seen.add(key);
  }
  const bytes = manifests.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  if (bytes <= MAX_BYTES) return;
  const message = `the manifests have ${Math.ceil(bytes / 1024)} KiB; 3072 KiB are the most`;
  report.error(message, sources.at(['manifests']), 'deliver them with a chart instead');
}
