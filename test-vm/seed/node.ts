import { stringify as stringifyYaml } from 'yaml';
import { type Cluster, clusterConfig, manifestsOf, pkiOf, tokenFor } from './cluster.ts';

/** The `k0s` key of a box's metadata, as written; tests of wrong ones write anything. */
export type K0sKey = Readonly<Record<string, unknown>>;

/** For readers of YAML 1.1, as Python's: a MAC address of digits is a number there if nobody quotes it. */
function stringify(value: unknown): string {
  return stringifyYaml(value, { version: '1.1' });
}

/** What a seed says of one box. */
export interface Node {
  readonly instanceId: string;
  readonly hostname: string;
  readonly k0s?: K0sKey;
  /** What an installer does with the machine. */
  readonly install?: Readonly<Record<string, unknown>>;
  /** Where /var is after a start over the network. */
  readonly var?: Readonly<Record<string, unknown>>;
  /** Everything below `#cloud-config`. */
  readonly userData?: Readonly<Record<string, unknown>>;
  /** network-config, version 2. */
  readonly network?: Readonly<Record<string, unknown>>;
}

/** Files of a seed by their names. */
export type SeedFiles = Readonly<Record<string, string | Buffer>>;

/** The files of a NoCloud seed. Pure. */
export function seedFiles(node: Node): SeedFiles {
  return {
    'meta-data': stringify({
      'instance-id': node.instanceId,
      'local-hostname': node.hostname,
      ...(node.k0s && { k0s: node.k0s }),
      ...(node.install && { install: node.install }),
      ...(node.var && { var: node.var }),
    }),
    'user-data': `#cloud-config\n${stringify(node.userData ?? {})}`,
    ...(node.network && { 'network-config': stringify(node.network) }),
  };
}

/** The files of an OpenStack config drive, as Nova lays them out. Pure. */
export function configDriveFiles(node: Node): SeedFiles {
  const files = seedFiles(node);
  return {
    'openstack/latest/meta_data.json': JSON.stringify({
      uuid: node.instanceId,
      hostname: node.hostname,
      ...(node.k0s && { k0s: node.k0s }),
    }),
    'openstack/latest/user_data': files['user-data'] ?? '',
  };
}

/** A cluster in one box, with secrets of the seed. Pure. */
export function singleNode({ secrets }: Cluster): K0sKey {
  return { role: 'single', pki: pkiOf(secrets), manifests: manifestsOf(secrets) };
}

/** The first controller of a cluster, which starts it. Pure. */
export function firstController(cluster: Cluster): K0sKey {
  return {
    role: 'controller',
    bootstrap: true,
    config: clusterConfig(cluster, cluster.controllers[0]),
    pki: pkiOf(cluster.secrets),
    manifests: manifestsOf(cluster.secrets),
  };
}

/** A further controller, which joins at the first one. Pure. */
export function joiningController(cluster: Cluster, address: string): K0sKey {
  const { pki: _, bootstrap: __, ...same } = firstController(cluster);
  const { 'front-proxy-ca.crt': certificate, 'front-proxy-ca.key': key } = pkiOf(cluster.secrets);
  return {
    ...same,
    config: clusterConfig(cluster, address),
    // The only authority that k0s does not hand to who joins.
    pki: { 'front-proxy-ca.crt': certificate, 'front-proxy-ca.key': key },
    token: tokenFor('controller', cluster),
  };
}

export function worker(cluster: Cluster): K0sKey {
  return { role: 'worker', token: tokenFor('worker', cluster) };
}
