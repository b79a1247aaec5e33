import { KilnError } from '../../report/errors.ts';
import { ARCHES, type Arch } from '../arch.ts';

/** Where k0s publishes its releases: a directory per version. */
const RELEASES = 'https://github.com/k0sproject/k0s/releases/download';

/** What a release calls its binary for an architecture. */
export function binaryAsset(version: string, arch: Arch): string {
  return `k0s-${version}-${ARCHES[arch].k0s}`;
}

/** What a release calls the container images of a cluster without internet. */
export function bundleAsset(version: string, arch: Arch): string {
  return `k0s-airgap-bundle-${version}-linux-${ARCHES[arch].k0s}.tar`;
}

/**
 * Addresses of a release's file. `KILN_K0S_MIRROR` names other servers, with the same directories
 * and file names below, instead of the project's own; several are separated by spaces.
 */
export function assetUrls(
  version: string,
  asset: string,
  env: NodeJS.ProcessEnv,
): readonly string[] {
  const named = (env.KILN_K0S_MIRROR ?? '').split(/\s+/).filter((base) => base !== '');
  const bases = named.length > 0 ? named.map(checkedBase) : [RELEASES];
  return bases.map((base) => assetUrl(base, version, asset));
}

/** Where the checksums of a release's files are published. */
export function sumsUrl(version: string): string {
  return assetUrl(RELEASES, version, 'sha256sums.txt');
}

/** The `+` of a version has to be written %2B: a server may read it as a space. */
function assetUrl(base: string, version: string, asset: string): string {
  return [base, version, asset].map((part, at) => (at ? encodeURIComponent(part) : part)).join('/');
}

function checkedBase(base: string): string {
  if (/^https?:\/\//.test(base) && URL.canParse(base)) return base.replace(/\/+$/, '');
  throw new KilnError('usage', `KILN_K0S_MIRROR: ${base} is not an http or https address`, {
    hint: 'for example KILN_K0S_MIRROR=https://files.example.test/k0s, with v1.36.3+k0s.2/k0s-v1.36.3+k0s.2-amd64 below it',
  });
}
