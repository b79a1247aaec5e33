import { createHash } from 'node:crypto';
import type { Role } from '../site/definition/site.ts';
import { type Entropy, MACHINE_ENTROPY } from '../site/secrets/entropy.ts';
import type { KubeconfigSite } from '../site/secrets/kubeconfig.ts';
import type { Keyring } from '../site/secrets/seal.ts';
import { siteNode } from './site-fixture.ts';

/** A day long before certificates end, and after no test's clock. */
export const TODAY = new Date('2026-05-06T07:08:09Z');

const keys: Promise<string>[] = [];

/**
 * Entropy that is the same each time: bytes follow from the name, keys are those that this process made first, in
 * turn. Keys take their time, and no two of one site may be the same.
 */
export function fixedEntropy(name: string): Entropy {
  let drawn = 0;
  let made = 0;
  return {
    bytes(count) {
      drawn += 1;
      return createHash('shake256', { outputLength: count }).update(`${name} ${drawn}`).digest();
    },
    rsaKey() {
      const key = keys[made] ?? MACHINE_ENTROPY.rsaKey();
      keys[made] = key;
      made += 1;
      return key;
    },
  };
}

/** A site with nodes of these roles. */
export function tinySite(nodes: Readonly<Record<string, Role>>, name = 'plant7'): KubeconfigSite {
  return {
    name,
    api: { port: 6443, joinPort: 9443, sans: [], access: { kind: 'direct' } },
    nodes: Object.entries(nodes).map(([node, role], index) =>
      siteNode(node, role, 11 + index, { bootstrap: index === 0, links: [] }),
    ),
  };
}

/** A keyring with these keys. */
export function keyringOf({
  passphrase,
  identity,
}: {
  readonly passphrase?: string;
  readonly identity?: string;
} = {}): Keyring {
  return {
    hasPassphrase: passphrase !== undefined,
    passphrase: async () => passphrase ?? '',
    identities: async () => (identity === undefined ? [] : [identity]),
  };
}
