import { stringify } from 'yaml';
import type { AirgapSource, Definition, K0sSource } from './definition.ts';
import type { Written } from './schema.ts';
import type { WrittenAirgap, WrittenK0s } from './schema-k0s.ts';

/**
 * A completed definition in the shape of an image file: nothing to include, every default written down, overlays
 * as absolute paths. Read back it gives the same definition.
 */
export function writtenForm(definition: Definition): Omit<Written, 'include'> {
  const { file: _, alternatives, users, k0s, airgap, ...rest } = definition;
  return {
    name: rest.name,
    version: rest.version,
    description: rest.description,
    arch: rest.arch,
    board: rest.board,
    variant: rest.variant,
    mirrors: rest.mirrors,
    suites: rest.suites,
    packages: rest.packages,
    omit: rest.omit,
    kernel: rest.kernel,
    initrd: rest.initrd,
    netboot: rest.netboot,
    iso: rest.iso,
    cni: rest.cni,
    exclude: rest.exclude,
    alternatives: byName(alternatives),
    overlays: rest.overlays,
    values: rest.values,
    users: byName(users),
    ids: rest.ids,
    units: rest.units,
    k0s: writtenK0s(k0s),
    ...(airgap && { airgap: writtenAirgap(airgap) }),
    artifacts: rest.artifacts,
  };
}

/** The same as the text of an image file. */
export function definitionAsYaml(definition: Definition): string {
  return stringify(writtenForm(definition), { lineWidth: 100, aliasDuplicateObjects: false });
}

function byName<T extends { readonly name: string }>(
  items: readonly T[],
): Readonly<Record<string, Omit<T, 'name'>>> {
  return Object.fromEntries(items.map(({ name, ...rest }) => [name, rest]));
}

function writtenK0s(k0s: K0sSource): WrittenK0s {
  switch (k0s.kind) {
    case 'release':
      return { version: k0s.version, sha256: k0s.sha256 };
    case 'file':
      return { path: k0s.path };
    case 'stand-in':
      return { 'stand-in': true };
  }
}

function writtenAirgap(airgap: AirgapSource): WrittenAirgap {
  if (airgap.kind === 'file') return { path: airgap.path };
  return { sha256: airgap.sha256, version: airgap.version };
}
