import { makeAuthority, makeServiceAccountPair } from '../../builder/site/secrets/authority.ts';
import { readClock } from '../../builder/site/secrets/clock.ts';
import { AUTHORITY_NAMES } from '../../builder/site/secrets/complete.ts';
import { MACHINE_ENTROPY } from '../../builder/site/secrets/entropy.ts';
import type {
  Authority,
  ServiceAccountPair,
  TokenSecret,
} from '../../builder/site/secrets/secrets.ts';
import {
  joinToken,
  makeTokenSecret,
  type TokenRole,
  tokenManifest,
} from '../../builder/site/secrets/token.ts';

/** The secrets of one cluster. */
export interface ClusterSecrets {
  readonly ca: Authority;
  readonly frontProxyCa: Authority;
  readonly etcdCa: Authority;
  readonly serviceAccounts: ServiceAccountPair;
  readonly tokens: Readonly<Record<TokenRole, TokenSecret>>;
  /** A worker's token that ran out before the cluster was made. */
  readonly expired: TokenSecret;
}

/** A cluster: its secrets, and where its controllers are, the first one first. */
export interface Cluster {
  readonly secrets: ClusterSecrets;
  readonly controllers: readonly [string, ...string[]];
}

const EXPIRED = new Date('2024-01-01T00:00:00Z');

export async function makeClusterSecrets(): Promise<ClusterSecrets> {
  const making = { now: readClock(), entropy: MACHINE_ENTROPY };
  const [ca, frontProxyCa, etcdCa, serviceAccounts] = await Promise.all([
    makeAuthority(AUTHORITY_NAMES.kubernetes, making),
    makeAuthority(AUTHORITY_NAMES.frontProxy, making),
    makeAuthority(AUTHORITY_NAMES.etcd, making),
    makeServiceAccountPair(MACHINE_ENTROPY),
  ]);
  const makeToken = () => makeTokenSecret(MACHINE_ENTROPY);
  const tokens = { worker: makeToken(), controller: makeToken() };
  return { ca, frontProxyCa, etcdCa, serviceAccounts, tokens, expired: makeToken() };
}

/** A token for a cluster, for joining at one of its controllers: the first if nothing is said. Pure. */
export function tokenFor(role: TokenRole, cluster: Cluster, host = cluster.controllers[0]): string {
  const { tokens, ca } = cluster.secrets;
  return joinToken({ role, token: tokens[role], host, ca: ca.certificate });
}

/** The `pki` key of a controller's metadata: what the first one has, and others may have. Pure. */
export function pkiOf(secrets: ClusterSecrets): Readonly<Record<string, string>> {
  const { ca, frontProxyCa, etcdCa, serviceAccounts } = secrets;
  return {
    'ca.crt': ca.certificate,
    'ca.key': ca.key,
    'front-proxy-ca.crt': frontProxyCa.certificate,
    'front-proxy-ca.key': frontProxyCa.key,
    'etcd/ca.crt': etcdCa.certificate,
    'etcd/ca.key': etcdCa.key,
    'sa.key': serviceAccounts.key,
    'sa.pub': serviceAccounts.publicKey,
  };
}

/** The `manifests` key of controllers' metadata, the same on each: the tokens are valid through it. Pure. */
export function manifestsOf({ tokens, expired }: ClusterSecrets): Readonly<Record<string, string>> {
  return {
    'kiln-tokens/worker.yaml': tokenManifest('worker', tokens.worker),
    'kiln-tokens/controller.yaml': tokenManifest('controller', tokens.controller),
    'kiln-tokens/expired.yaml': tokenManifest('worker', expired, EXPIRED),
  };
}

/** A ClusterConfig as k0s wants it, of the controller with this address. Pure. */
export function clusterConfig({ controllers }: Cluster, address: string): object {
  return {
    apiVersion: 'k0s.k0sproject.io/v1beta1',
    kind: 'ClusterConfig',
    metadata: { name: 'k0s' },
    spec: {
      api: { address, sans: [...controllers] },
      storage: { type: 'etcd', etcd: { peerAddress: address } },
      network: { provider: 'kuberouter' },
      telemetry: { enabled: false },
    },
  };
}

/** Every text that must not be seen anywhere but in files of root: one line of each secret. Pure. */
export function secretTexts(secrets: ClusterSecrets): readonly string[] {
  const { ca, frontProxyCa, etcdCa, serviceAccounts, tokens, expired } = secrets;
  const keys = [ca.key, frontProxyCa.key, etcdCa.key, serviceAccounts.key];
  return [
    ...keys.map((pem) => pem.split('\n')[3] ?? ''),
    ...[tokens.worker, tokens.controller, expired].map(({ secret }) => secret),
  ];
}
