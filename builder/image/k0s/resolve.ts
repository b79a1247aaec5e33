import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { KilnError } from '../../report/errors.ts';
import type { Sha256 } from '../../report/sha256.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import type { Arch } from '../arch.ts';
import type { K0sSource } from '../definition/definition.ts';
import type { Store } from '../store/store.ts';
import { type AssetOptions, measure, obtainAsset, unpinned, versionInName } from './asset.ts';
import { type ProgramKind, programKindOf } from './elf.ts';
import { binaryAsset } from './release.ts';

/** The file that becomes /usr/bin/k0s or its like, with what a manifest says about it. */
export interface K0sBinary {
  readonly kind: K0sSource['kind'];
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: Sha256;
  /** `v1.36.3+k0s.2`; for a file whose name does not tell, `sha256:` and the digest's first 12 digits. */
  readonly version: string;
}

export interface K0sOptions extends AssetOptions {
  /** What the stand-in is packed with. */
  readonly toolbox: Toolbox;
}

type Release = Extract<K0sSource, { kind: 'release' }>;

const WAYS_OUT =
  'download it elsewhere and name the file with `--k0s PATH`, name another server with KILN_K0S_MIRROR, ' +
  'or build without Kubernetes with `--k0s stand-in`';

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
      return await standIn(store, options);
  }
}

async function fromRelease(
  source: Release,
  arch: Arch,
  store: Store,
  options: AssetOptions,
): Promise<K0sBinary> {
  const { version } = source;
  const sha256 = source.sha256[arch];
  const asset = binaryAsset(version, arch);
  if (sha256 === undefined) throw unpinned(`k0s.sha256.${arch}`, version, asset);
  const name = `k0s ${version} for ${arch}`;
  const path = await obtainAsset(
    { name, version, asset, sha256, waysOut: WAYS_OUT },
    store,
    options,
  );
  requireArch(await programKindOf(path), arch, `${version} for ${arch}`);
  return { kind: 'release', path, sha256, version, sizeBytes: (await stat(path)).size };
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
  const version = versionInName(path) ?? `sha256:${measured.sha256.slice(0, 12)}`;
  return { kind: 'file', version, ...measured };
}

async function standIn(store: Store, { toolbox, signal }: K0sOptions): Promise<K0sBinary> {
  const { packStandIn } = await import('./stand-in.ts');
  const path = await packStandIn({ store, toolbox, ...(signal && { signal }) });
  return { kind: 'stand-in', version: 'stand-in', ...(await measure(path, store)) };
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
