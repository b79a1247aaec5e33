import type { Site } from '../definition/site.ts';
import { certifyAuthority, hoursAfter, type Making, serviceAccountPairOf } from './authority.ts';
import { type Client, certifyClient, makeClientCertificate } from './certificate.ts';
import { type Entropy, randomWord } from './entropy.ts';
import type { Secrets, TokenSecret } from './secrets.ts';
import { makeTokenSecret } from './token.ts';

/** Common names of authorities: k0s renews leafs of no others. */
export const AUTHORITY_NAMES: Readonly<Record<keyof Secrets['authorities'], string>> = {
  kubernetes: 'kubernetes-ca',
  frontProxy: 'kubernetes-front-proxy-ca',
  etcd: 'etcd-ca',
};

/** Whom the admin kubeconfig names: the group may do everything. */
export const ADMIN = { user: 'kubernetes-admin', groups: ['system:masters'] } as const;

/** As long as k0s's own admin certificate lives. */
const ADMIN_HOURS = 8760;

/** What of a site its secrets depend on. */
export type SecretsSite = Pick<Site, 'name'> & {
  readonly nodes: readonly Pick<Site['nodes'][number], 'name' | 'role'>[];
};

/** Makes all secrets of a site. */
export async function makeSecrets(site: SecretsSite, making: Making): Promise<Secrets> {
  const { entropy } = making;
  // Keys are made side by side, and all else in turn: chance that is the same again has to give the same.
  const [kubernetesKey, frontProxyKey, etcdKey, accountsKey, adminKey] = await Promise.all([
    entropy.rsaKey(),
    entropy.rsaKey(),
    entropy.rsaKey(),
    entropy.rsaKey(),
    entropy.rsaKey(),
  ]);
  const kubernetes = certifyAuthority(AUTHORITY_NAMES.kubernetes, kubernetesKey, making);
  const frontProxy = certifyAuthority(AUTHORITY_NAMES.frontProxy, frontProxyKey, making);
  const etcd = certifyAuthority(AUTHORITY_NAMES.etcd, etcdKey, making);
  const taken = new Set<string>();
  const secrets: Secrets = {
    site: site.name,
    authorities: { kubernetes, frontProxy, etcd },
    serviceAccounts: serviceAccountPairOf(accountsKey),
    admin: certifyClient({ ...adminFrom(making), key: adminKey }, kubernetes, making),
    tokens: {
      controller: makeTokenSecret(entropy, taken),
      shared: makeTokenSecret(entropy, taken),
      workers: {},
    },
    vrrpPassword: randomWord(8, entropy),
  };
  return completeSecrets(site, secrets, entropy).secrets;
}

/** The same secrets with a new admin certificate; the old one is valid to its end. */
export async function renewAdmin(secrets: Secrets, making: Making): Promise<Secrets> {
  const { kubernetes } = secrets.authorities;
  return { ...secrets, admin: await makeClientCertificate(adminFrom(making), kubernetes, making) };
}

function adminFrom({ now }: Making): Client {
  return { ...ADMIN, expires: hoursAfter(now, ADMIN_HOURS) };
}

/** Secrets that have all that a site needs, and whose tokens had to be added. */
export interface Completed {
  readonly secrets: Secrets;
  /** Names of nodes. */
  readonly added: readonly string[];
}

/**
 * Gives a token to each worker that has none. What is there never changes, and tokens of nodes that are gone stay:
 * nothing in the field may stop because a line of a file was removed. Pure, but for what the entropy is.
 */
export function completeSecrets(site: SecretsSite, secrets: Secrets, entropy: Entropy): Completed {
  const { workers } = secrets.tokens;
  const added = workersWithoutToken(site, secrets);
  if (added.length === 0) return { secrets, added };
  const taken = tokenIdsOf(secrets);
  const made = added.map((name) => [name, makeTokenSecret(entropy, taken)] as const);
  return {
    secrets: withWorkers(secrets, { ...workers, ...Object.fromEntries(made) }),
    added,
  };
}

/** Names of workers that have no token yet. Pure. */
export function workersWithoutToken(site: SecretsSite, { tokens }: Secrets): readonly string[] {
  return site.nodes
    .filter(({ name, role }) => role === 'worker' && !Object.hasOwn(tokens.workers, name))
    .map(({ name }) => name);
}

/** The same secrets with other tokens of workers. Pure. */
export function withWorkers(
  secrets: Secrets,
  workers: Readonly<Record<string, TokenSecret>>,
): Secrets {
  return { ...secrets, tokens: { ...secrets.tokens, workers } };
}

/** All tokens. Pure. */
export function tokensOf({ tokens }: Secrets): readonly TokenSecret[] {
  const { controller, shared, workers } = tokens;
  return [controller, shared, ...Object.values(workers)];
}

/** Ids of all tokens: no new one may have one of them. Pure. */
export function tokenIdsOf(secrets: Secrets): Set<string> {
  return new Set(tokensOf(secrets).map(({ id }) => id));
}
