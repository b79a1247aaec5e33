import type { JsonObject } from '../../definition/json.ts';
import type { ClusterNetwork, SiteNode } from '../../definition/site.ts';
import type { Cluster } from '../cluster.ts';
import { balancingSpec } from './balancing.ts';

/** `spec.network`. Pure. */
export function networkSpec(cluster: Cluster, node: SiteNode): JsonObject {
  const { cluster: network } = cluster.site;
  return {
    provider: 'kuberouter',
    podCIDR: network.pods[0],
    serviceCIDR: network.services[0],
    clusterDomain: network.domain,
    ...dualStack(network),
    kubeProxy: { mode: network.kubeProxy },
    ...balancingSpec(cluster, node),
  };
}

function dualStack({ pods, services }: ClusterNetwork): JsonObject {
  const [, podCidr] = pods;
  const [, serviceCidr] = services;
  if (podCidr === undefined || serviceCidr === undefined) return {};
  return {
    dualStack: { enabled: true, IPv6podCIDR: podCidr, IPv6serviceCIDR: serviceCidr },
  };
}
