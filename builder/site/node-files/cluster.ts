import type { Site, SiteNode } from '../definition/site.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { manifestsOf } from './manifests.ts';
import { nodeNetworks } from './node-networks.ts';

/** What the files of all nodes are made of, found once. */
export interface Cluster {
  readonly site: Site;
  readonly secrets: Secrets;
  /** Those that share the control plane, the first one first; empty for a single node. */
  readonly controllers: readonly SiteNode[];
  /** The manifests that every controller has. */
  readonly manifests: Readonly<Record<string, string>>;
  /** The networks that nodes are in, CIDR. */
  readonly networks: readonly string[];
}

/** Pure. */
export function clusterOf(site: Site, secrets: Secrets): Cluster {
  const controllers = site.nodes
    .filter(({ role }) => role === 'controller' || role === 'controller+worker')
    .sort((one, other) => Number(other.bootstrap) - Number(one.bootstrap));
  return {
    site,
    secrets,
    controllers,
    manifests: manifestsOf(site, secrets, controllers.length),
    networks: nodeNetworks(site.nodes),
  };
}

/** Whether k0s runs etcd on controllers, so that one of them joins the others with a token. */
export function hasOwnEtcd({ storage }: Site): boolean {
  return storage.kind === 'etcd';
}

/** Whether pods run on a node. */
export function runsPods({ role }: SiteNode): boolean {
  return role !== 'controller';
}

/** The address that a controller's API server and etcd have; the site's checks have seen that it is there. */
export function addressOf(node: SiteNode): string {
  if (node.address === undefined) throw new Error(`the controller ${node.name} has no address`);
  return node.address;
}
