import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { KilnError } from '../../report/errors.ts';
import type { Meter } from '../../report/progress.ts';
import type { Sha256 } from '../../report/sha256.ts';
import { ARCHES, type Arch } from '../arch.ts';
import type { K0sSource } from '../definition/definition.ts';
import { PROJECT_DIRECTORY } from '../definition/project.ts';
import type { Patience } from '../store/attempts.ts';
import { fetchAll } from '../store/fetch.ts';
import type { Store } from '../store/store.ts';
import { type ProgramKind, programKindOf } from './elf.ts';
import { releaseUrls, sumsUrl } from './release.ts';

/** The file that becomes /usr/bin/k0s or its like, with what a manifest says about it. */
export interface K0sBinary {
  readonly kind: K0sSource['kind'];
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: Sha256;
  /** `v1.36.3+k0s.2`; for a file whose name does not tell, `sha256:` and the digest's first 12 digits. */
  readonly version: string;
}

export interface K0sOptions {
  readonly progress: Meter;
  readonly signal?: AbortSignal;
  /** For `KILN_K0S_MIRROR` and proxies. */
  readonly env: NodeJS.ProcessEnv;
  readonly patience?: Patience;
}

type Release = Extract<K0sSource, { kind: 'release' }>;

const WAYS_OUT =
  'download it elsewhere and name the file with `--k0s PATH`, name another server with KILN_K0S_MIRROR, ' +
  'or build without Kubernetes with `--k0s stand-in`';

/** Where the stand-in lies in Kiln's own directory. */
const STAND_IN = join(PROJECT_DIRECTORY, 'test-vm', 'k0s-standin', 'k0s');

/**
 * Gets the k0s binary for an architecture: from the store or the release, from a file, or the
 * stand-in. One is never taken instead of another. Throws KilnError `definition`, `download` or
 * `verification`, naming the file or URL, what was expected, and the ways out.
 */
export async function resolveK0s(
  source: K0sSource,
  arch: Arch,
  store: Store,
  options: K0sOptions,
): Promise<K0sBinary> {
  switch (source.kind) {
    case 'release':
      return await fromRelease(source, arch, store, options);
    case 'file':
      return await fromFile(resolve(source.path), arch, store);
    case 'stand-in':
      return { kind: 'stand-in', version: 'stand-in', ...(await measure(STAND_IN, store)) };
  }
}

async function fromRelease(
  source: Release,
  arch: Arch,
  store: Store,
  options: K0sOptions,
): Promise<K0sBinary> {
  const { version } = source;
  const sha256 = source.sha256[arch];
  if (sha256 === undefined) throw unpinned(version, arch);
  const path = (await store.get(sha256)) ?? (await download(version, sha256, arch, store, options));
  requireArch(await programKindOf(path), arch, `${version} for ${arch}`);
  return { kind: 'release', path, sha256, version, sizeBytes: (await stat(path)).size };
}

async function download(
  version: string,
  sha256: Sha256,
  arch: Arch,
  store: Store,
  options: K0sOptions,
): Promise<string> {
  const name = `k0s ${version} for ${arch}`;
  const urls = releaseUrls(version, arch, options.env);
  try {
    const found = await fetchAll([{ name, sha256, urls }], store, options);
    return found.get(sha256) ?? store.layout.fileOf(sha256);
  } catch (error) {
    if (!(error instanceof KilnError) || error.code === 'interrupted' || error.code === 'host') {
      throw error;
    }
    const expected = error.code === 'download' ? `\n  expected: sha256 ${sha256}` : '';
    throw new KilnError(error.code, error.message + expected, {
      hint: WAYS_OUT,
      cause: error,
    });
  }
}

async function fromFile(path: string, arch: Arch, store: Store): Promise<K0sBinary> {
  const file = await stat(path).catch((cause: unknown) => {
    throw new KilnError('definition', `k0s: ${path} cannot be read`, { hint: WAYS_OUT, cause });
  });
  if (!file.isFile()) throw unfit(path, 'is not a regular file');
  requireArch(await programKindOf(path), arch, path);
  if ((file.mode & 0o111) === 0) {
    throw new KilnError('definition', `k0s: ${path} is not executable`, {
      hint: `chmod +x ${path}`,
    });
  }
  const measured = await measure(path, store);
  const named = /v\d+\.\d+\.\d+(-[a-z0-9.]+)?\+k0s\.\d+/.exec(basename(path))?.[0];
  const version = named ?? `sha256:${measured.sha256.slice(0, 12)}`;
  return { kind: 'file', version, ...measured };
}

async function measure(path: string, store: Store) {
  const sha256 = await store.digestOf(path);
  return { path, sha256, sizeBytes: (await stat(path)).size };
}

function requireArch(kind: ProgramKind, arch: Arch, what: string): void {
  switch (kind) {
    case arch:
      return;
    case 'script':
      throw unfit(what, 'is a script; the stand-in is asked for with `--k0s stand-in`');
    case 'no-program':
      throw unfit(what, 'is not a program');
    case 'other-machine':
      throw unfit(what, `is a program for another machine than ${arch}`);
    default:
      throw unfit(what, `is a program for ${kind}, but the image is for ${arch}`);
  }
}

function unfit(what: string, reason: string): KilnError {
  return new KilnError('definition', `k0s: ${what} ${reason}`, {
    hint: 'name the k0s binary of the image\'s architecture: in a release it ends in "-amd64" or "-arm64"',
  });
}

function unpinned(version: string, arch: Arch): KilnError {
  return new KilnError(
    'definition',
    `k0s ${version}: the definition has no sha256 for ${arch}, so the download could not be verified`,
    {
      hint: `add k0s.sha256.${arch}: the line "*k0s-${version}-${ARCHES[arch].k0s}" of ${sumsUrl(version)}`,
    },
  );
}
