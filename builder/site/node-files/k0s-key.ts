import type { JsonObject } from '../definition/json.ts';
import type { SiteNode } from '../definition/site.ts';
import { joinToken } from '../secrets/token.ts';
import { addressOf, type Cluster, hasOwnEtcd, runsPods } from './cluster.ts';
import { clusterConfig } from './cluster-config/cluster-config.ts';
import { controllerEndpoint, workerEndpoint } from './endpoints.ts';
import { k0sArgs } from './k0s-args.ts';
import { tokenOfWorker } from './manifests.ts';
import { pkiOf } from './pki.ts';

/** The `k0s` key of a node's metadata: the least that makes the box what it is to be. Pure. */
export function k0sKey(cluster: Cluster, node: SiteNode): JsonObject {
  return {
    role: node.role,
    ...startOf(cluster, node),
    ...(runsPods(node) && podSettings(node)),
    ...someOf('args', k0sArgs(cluster, node)),
    ...(node.role !== 'worker' && controlPlane(cluster, node)),
  };
}

/** How the box comes into the cluster: it starts one, or joins. */
function startOf(cluster: Cluster, node: SiteNode): JsonObject {
  switch (node.role) {
    case 'single':
      return {};
    case 'worker':
      return { token: workerToken(cluster, node) };
    case 'controller':
    case 'controller+worker':
      return node.bootstrap
        ? { bootstrap: true, ...wayBack(cluster, node) }
        : joining(cluster, node);
  }
}

/**
 * A first controller that has lost its disk must not start a second cluster: it asks its peers, and joins them with
 * the token.
 */
function wayBack(cluster: Cluster, node: SiteNode): JsonObject {
  const peers = cluster.controllers.filter((other) => other !== node).map(addressOf);
  return peers.length === 0 ? {} : { ...joining(cluster, node), peers };
}

/** With storage elsewhere nobody joins: k0s finds the others there. */
function joining(cluster: Cluster, node: SiteNode): JsonObject {
  return hasOwnEtcd(cluster.site) ? { token: controllerToken(cluster, node) } : {};
}

function workerToken(cluster: Cluster, { name }: SiteNode): string {
  const { site, secrets } = cluster;
  const token = tokenOfWorker(site, secrets, name);
  const ca = secrets.authorities.kubernetes.certificate;
  return joinToken({ role: 'worker', token, ca, ...workerEndpoint(cluster) });
}

function controllerToken(cluster: Cluster, node: SiteNode): string {
  const { authorities, tokens } = cluster.secrets;
  const ca = authorities.kubernetes.certificate;
  const endpoint = controllerEndpoint(cluster, node);
  return joinToken({ role: 'controller', token: tokens.controller, ca, ...endpoint });
}

function podSettings({ labels, taints, profile }: SiteNode): JsonObject {
  return {
    ...(Object.keys(labels).length > 0 && { labels }),
    ...someOf('taints', taints),
    ...(profile !== undefined && { profile }),
  };
}

function controlPlane(cluster: Cluster, node: SiteNode): JsonObject {
  const { manifests } = cluster;
  return {
    config: clusterConfig(cluster, node),
    pki: pkiOf(cluster, node),
    ...(Object.keys(manifests).length > 0 && { manifests }),
  };
}

function someOf(key: string, items: readonly string[]): JsonObject {
  return items.length === 0 ? {} : { [key]: items };
}
