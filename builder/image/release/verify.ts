import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { KilnError } from '../../report/errors.ts';
import type { Meter } from '../../report/progress.ts';
import { sha256OfFile } from '../../report/sha256.ts';
import type { Artifact } from '../artifacts/build.ts';
import { MANIFEST, type Manifest, readManifest } from './manifest.ts';

/**
 * Reads every file of a release and compares it with the manifest.
 * @throws KilnError `verification` that names every file that is missing, changed or not listed
 */
export async function verifyRelease(directory: string, meter: Meter): Promise<Manifest> {
  const manifest = await readManifest(directory);
  meter.expect(manifest.outputs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  const problems: string[] = [];
  for (const output of manifest.outputs) {
    meter.note(output.file);
    const problem = await problemWith(directory, output);
    if (problem !== undefined) problems.push(problem);
    meter.advance(output.sizeBytes);
  }
  const listed = new Set([MANIFEST, ...manifest.outputs.map(({ file }) => file)]);
  for (const name of (await readdir(directory)).sort()) {
    if (!listed.has(name)) problems.push(`${name}: not in the manifest`);
  }
  if (problems.length === 0) return manifest;
  const lines = problems.map((problem) => `\n  ${problem}`).join('');
  throw new KilnError('verification', `${directory} is not what was built:${lines}`, {
    hint: 'copy the release again, or build it again: the same lock gives the same files',
  });
}

async function problemWith(directory: string, output: Artifact): Promise<string | undefined> {
  const found = await sha256OfFile(join(directory, output.file)).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return `${output.file}: missing`;
  if (found === output.sha256) return undefined;
  return `${output.file}: its SHA-256 is ${found}, not ${output.sha256}`;
}
