import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Sha256, sha256, sha256OfFile } from '../../report/sha256.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import type { Sources } from '../../yaml/sources.ts';
import { definitionChecksum } from '../definition/checksum.ts';
import type { Definition } from '../definition/definition.ts';
import { PROJECT_DIRECTORY } from '../definition/project.ts';
import { startsOf } from '../definition/starts.ts';
import type { K0sFiles } from '../k0s/entry.ts';
import type { Lockfile } from '../lock/lockfile.ts';
import { formatLockfile } from '../lock/write-lockfile.ts';
import { compareBytes } from '../tree/byte-order.ts';
import type { Inputs } from './manifest.ts';

const SMALL_BYTES = 1 << 20;

/** What decides every byte of an image. */
export interface InputParts extends K0sFiles {
  readonly definition: Definition;
  readonly sources: Sources;
  readonly lock: Lockfile;
  readonly toolsLock: Lockfile;
  readonly toolbox: Pick<Toolbox, 'identity'>;
}

/** Collects everything that an image is made from, Kiln itself included. */
export async function collectInputs(parts: InputParts): Promise<Inputs> {
  const { definition, sources, lock, toolsLock, k0s, airgap } = parts;
  const ofStarts = startsOf(definition).flatMap((start) => definition[start].overlays);
  const overlays = [...definition.overlays, ...definition.initrd.overlays, ...ofStarts];
  return {
    definition: sources.files.map(({ path, sha256 }) => ({ file: basename(path), sha256 })),
    completed: definitionChecksum(definition),
    lock: sha256(formatLockfile(lock)),
    packages: lock.packages.map(({ name, version, architecture, sha256 }) => ({
      ...{ name, version, architecture, sha256 },
    })),
    overlays: await Promise.all(
      overlays.map(async (path) => ({ name: basename(path), sha256: await digestOfTree(path) })),
    ),
    k0s: { kind: k0s.kind, version: k0s.version, sha256: k0s.sha256 },
    ...(airgap && { airgap }),
    toolbox: {
      identity: parts.toolbox.identity,
      tools: toolsLock.packages.map(({ name, version }) => ({ name, version })),
    },
    kiln: await kilnItself(),
  };
}

/** Kiln's version, and a digest of its programs and data: another Kiln may build another image. */
async function kilnItself(): Promise<Inputs['kiln']> {
  const text = await readFile(join(PROJECT_DIRECTORY, 'package.json'), 'utf8');
  const { version }: { readonly version: string } = JSON.parse(text);
  const digests = await Promise.all([
    digestOfTree(join(PROJECT_DIRECTORY, 'dist', 'builder'), isProgram),
    digestOfTree(join(PROJECT_DIRECTORY, 'firmware')),
    ...['modules.yaml', 'cni.yaml'].map((file) =>
      sha256OfFile(join(PROJECT_DIRECTORY, 'images', file)),
    ),
  ]);
  return { version, sha256: sha256(digests.join('\n')) };
}

function isProgram(path: string): boolean {
  return path.endsWith('.js') && !path.endsWith('.test.js') && !path.startsWith('testing/');
}

/** A digest over names, contents and what of the modes counts, in byte order: the same after every checkout. */
async function digestOfTree(
  directory: string,
  counts: (path: string) => boolean = () => true,
): Promise<Sha256> {
  const paths = await readdir(directory, { recursive: true });
  const hash = createHash('sha256');
  for (const path of paths.filter(counts).sort(compareBytes)) {
    hash.update(JSON.stringify([path, ...(await describe(join(directory, path)))]));
  }
  return hash.digest('hex');
}

async function describe(path: string): Promise<readonly string[]> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) return ['link', await readlink(path)];
  if (!stat.isFile()) return ['directory'];
  return [(stat.mode & 0o100) === 0 ? 'file' : 'program', await digestOf(path, stat.size)];
}

/** Small files are read at once: a stream for each of Kiln's own would take longer than all the rest. */
async function digestOf(path: string, sizeBytes: number): Promise<Sha256> {
  return sizeBytes > SMALL_BYTES ? await sha256OfFile(path) : sha256(readFileSync(path));
}
