import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { KilnError } from '../../report/errors.ts';
import type { Sha256 } from '../../report/sha256.ts';
import { ARCHES, type Arch } from '../arch.ts';
import type { AirgapSource } from '../definition/definition.ts';
import type { Store } from '../store/store.ts';
import { type AssetOptions, measure, obtainAsset, unpinned, versionInName } from './asset.ts';
import { bundleAsset } from './release.ts';

/** The container images that a box has without internet: one archive for `k0s` to import. */
export interface AirgapBundle {
  readonly kind: AirgapSource['kind'];
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: Sha256;
  /** The release of k0s that it belongs to; undefined for a file whose name does not tell. */
  readonly version: string | undefined;
}

const WAYS_OUT =
  'download it elsewhere and name the file with `--airgap PATH`, name another server with KILN_K0S_MIRROR, ' +
  'or leave "airgap" out: the box then pulls images from their registries';

/**
 * Gets the bundle for an architecture: from the store or the release, or from a file.
 * Throws KilnError `definition`, `download` or `verification`, naming the file or URL, what was expected, and the
 * ways out.
 */
export async function resolveAirgap(
  source: AirgapSource,
  arch: Arch,
  store: Store,
  options: AssetOptions,
): Promise<AirgapBundle> {
  switch (source.kind) {
    case 'release':
      return await fromRelease(source, arch, store, options);
    case 'file':
      return await fromFile(resolve(source.path), arch, store);
  }
}

async function fromRelease(
  { version, sha256: digests }: Extract<AirgapSource, { kind: 'release' }>,
  arch: Arch,
  store: Store,
  options: AssetOptions,
): Promise<AirgapBundle> {
  const sha256 = digests[arch];
  const asset = bundleAsset(version, arch);
  if (sha256 === undefined) throw unpinned(`airgap.sha256.${arch}`, version, asset);
  const name = `airgap bundle of k0s ${version} for ${arch}`;
  const path = await obtainAsset(
    { name, version, asset, sha256, waysOut: WAYS_OUT },
    store,
    options,
  );
  await requireArchive(path, name);
  return { kind: 'release', path, sha256, version, sizeBytes: (await stat(path)).size };
}

async function fromFile(path: string, arch: Arch, store: Store): Promise<AirgapBundle> {
  const file = await stat(path).catch((cause: unknown) => {
    throw new KilnError('definition', `airgap: ${path} cannot be read`, { hint: WAYS_OUT, cause });
  });
  if (!file.isFile()) throw unfit(path, 'is not a regular file');
  await requireArchive(path, path);
  const other = Object.entries(ARCHES).find(
    ([name, { k0s }]) => name !== arch && basename(path).includes(`-linux-${k0s}`),
  );
  if (other) throw unfit(path, `is for ${other[0]} by its name, but the image is for ${arch}`);
  return { kind: 'file', version: versionInName(path), ...(await measure(path, store)) };
}

/** Where a tar header says what it is (POSIX.1-2017, pax, "ustar Interchange Format"). */
const USTAR_AT = 257;
const GZIP = '1f8b';
const ZSTD = '28b52ffd';

/** containerd imports tar archives, compressed or not; anything else would be found out on the box only. */
async function requireArchive(path: string, what: string): Promise<void> {
  await using file = await open(path);
  const head = Buffer.alloc(512);
  await file.read(head, 0, head.length, 0);
  const isTar = head.toString('latin1', USTAR_AT, USTAR_AT + 5) === 'ustar';
  const start = head.toString('hex', 0, 4);
  if (!isTar && !start.startsWith(GZIP) && start !== ZSTD) throw unfit(what, 'is no tar archive');
}

function unfit(what: string, reason: string): KilnError {
  return new KilnError('definition', `airgap: ${what} ${reason}`, {
    hint: "name an archive that `k0s airgap bundle-artifacts` made, or the bundle of a release for the image's architecture",
  });
}
