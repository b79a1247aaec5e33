import type { SiteNode } from '../definition/site.ts';
import { addressOf, type Cluster, runsPods } from './cluster.ts';

/** An API, as a client finds it. */
export interface Endpoint {
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Where k0s has its balancer on each worker (`nodeLocalLoadBalancing`, apiServerBindPort). */
const NODE_LOCAL: Endpoint = { host: '127.0.0.1', port: 7443 };

/** Where a worker joins, and what it asks ever after unless a balancer is on the node. Pure. */
export function workerEndpoint(cluster: Cluster): Endpoint {
  return { host: sharedHost(cluster) ?? hostOf(cluster, 0), port: cluster.site.api.port };
}

/**
 * Where a controller joins: never at itself. The first one has a token too, for when its disk was lost: it joins at
 * the second. Pure.
 */
export function controllerEndpoint(cluster: Cluster, node: SiteNode): Endpoint {
  const host = sharedHost(cluster) ?? hostOf(cluster, node.bootstrap ? 1 : 0);
  return { host, port: cluster.site.api.joinPort };
}

/** Where a CNI that does kube-proxy's work itself asks the API: it cannot use the service before it has made it. Pure. */
export function cniEndpoint(cluster: Cluster): Endpoint {
  const { site, controllers } = cluster;
  const [single] = site.nodes;
  if (controllers.length === 0) {
    return { host: single?.address ?? '127.0.0.1', port: site.api.port };
  }
  // Controllers that run pods have no balancer of their own.
  const isOnEachNode = site.api.access.kind === 'node-local' && !controllers.some(runsPods);
  return isOnEachNode ? NODE_LOCAL : workerEndpoint(cluster);
}

/** The address behind which all controllers are; undefined where there is none. Pure. */
export function sharedHost({ site }: Cluster): string | undefined {
  const { access } = site.api;
  switch (access.kind) {
    case 'vip':
      return withoutPrefix(access.address);
    case 'balancer':
      return access.address;
    case 'direct':
    case 'node-local':
      return undefined;
  }
}

/**
 * `spec.api.externalAddress`: k0s tells it to everything that asks the API. A balancer on each node does not go with
 * it. Pure.
 */
export function externalAddress(cluster: Cluster): string | undefined {
  const { access } = cluster.site.api;
  return access.kind === 'vip' && access.nodeLocal ? undefined : sharedHost(cluster);
}

/** 10.0.0.1 of 10.0.0.1/24. Pure. */
function withoutPrefix(cidr: string): string {
  return cidr.split('/')[0] ?? cidr;
}

function hostOf({ controllers }: Cluster, index: number): string {
  const controller = controllers[index];
  if (controller === undefined) throw new Error('nothing to join: the site has no such controller');
  return addressOf(controller);
}
