import type { SiteNode } from '../definition/site.ts';
import { addressOf, type Cluster } from './cluster.ts';

/** Where a worker joins, and what it asks ever after unless a balancer is on the node. Pure. */
export function workerServer(cluster: Cluster): string {
  return url(sharedHost(cluster) ?? hostOf(cluster, 0), cluster.site.api.port);
}

/**
 * Where a controller joins: never at itself. The first one has a token too, for when its disk was lost: it joins at
 * the second. Pure.
 */
export function controllerServer(cluster: Cluster, node: SiteNode): string {
  const host = sharedHost(cluster) ?? hostOf(cluster, node.bootstrap ? 1 : 0);
  return url(host, cluster.site.api.joinPort);
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
export function withoutPrefix(cidr: string): string {
  return cidr.split('/')[0] ?? cidr;
}

function hostOf({ controllers }: Cluster, index: number): string {
  const controller = controllers[index];
  if (controller === undefined) throw new Error('nothing to join: the site has no such controller');
  return addressOf(controller);
}

function url(host: string, port: number): string {
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
