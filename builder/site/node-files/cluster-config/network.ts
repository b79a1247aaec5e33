import type { JsonObject } from '../../definition/json.ts';
import type { ClusterNetwork, SiteNode } from '../../definition/site.ts';
import type { Cluster } from '../cluster.ts';
import { balancingSpec } from './balancing.ts';
import { cniSpec } from './cni.ts';

/** `spec.network`. Pure. */
export function networkSpec(cluster: Cluster, node: SiteNode): JsonObject {
  const { cluster: network } = cluster.site;
  const [pods] = network.pods;
  return {
    ...cniSpec(cluster),
    podCIDR: pods,
    serviceCIDR: network.services[0],
    clusterDomain: network.domain,
    ...families(network),
    ...balancingSpec(cluster, node),
  };
}

/** k0s would guess the first family from the API's address, which may be a name. */
function families({ pods, services }: ClusterNetwork): JsonObject {
  const [first, podCidr] = pods;
  const [, serviceCidr] = services;
  return {
    primaryAddressFamily: first.includes(':') ? 'IPv6' : 'IPv4',
    ...(podCidr !== undefined &&
      serviceCidr !== undefined && {
        dualStack: { enabled: true, IPv6podCIDR: podCidr, IPv6serviceCIDR: serviceCidr },
      }),
  };
}
