import { basename } from 'node:path';
import { type Sha256, sha256 } from '../../report/sha256.ts';
import type { Definition } from './definition.ts';

/**
 * Digest of what decides which packages are locked, and of nothing else: a lock is not stale because an overlay or
 * the reason for an omission was changed. Order does not matter.
 */
export function resolutionChecksum(
  definition: Pick<Definition, 'arch' | 'suites' | 'packages' | 'omit'> & {
    readonly kernel?: Pick<Definition['kernel'], 'flavour'> | undefined;
  },
): Sha256 {
  const { arch, suites, packages, omit, kernel } = definition;
  return checksumOf({
    arch,
    suites: Object.fromEntries(
      Object.entries(suites).map(([name, suite]) => [
        name,
        { ...suite, components: sorted(suite.components), only: suite.only && sorted(suite.only) },
      ]),
    ),
    packages: sorted(packages),
    omit: sorted(Object.keys(omit)),
    flavour: kernel?.flavour,
  });
}

/**
 * Digest of what the definition says. Where files lie and which mirror is asked does not count, so that it is the
 * same in every checkout; what overlays and binaries contain has digests of its own.
 */
export function definitionChecksum(definition: Definition): Sha256 {
  const { file: _, mirrors: __, ...said } = definition;
  return checksumOf({
    ...said,
    overlays: said.overlays.map((path) => basename(path)),
    initrd: { ...said.initrd, overlays: said.initrd.overlays.map((path) => basename(path)) },
    netboot: { ...said.netboot, overlays: said.netboot.overlays.map((path) => basename(path)) },
    iso: { ...said.iso, overlays: said.iso.overlays.map((path) => basename(path)) },
    k0s: said.k0s.kind === 'file' ? { kind: 'file' } : said.k0s,
    airgap: said.airgap?.kind === 'file' ? { kind: 'file' } : said.airgap,
  });
}

/** JSON with sorted keys and without white space: one text for one value. Undefined fields are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const fields = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
  return `{${fields.join(',')}}`;
}

function checksumOf(value: unknown): Sha256 {
  return sha256(canonicalJson(value));
}

function sorted(names: readonly string[]): readonly string[] {
  return [...names].sort();
}
