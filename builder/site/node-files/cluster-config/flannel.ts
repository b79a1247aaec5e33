import type { JsonObject } from '../../definition/json.ts';
import type { ClusterNetwork, Cni } from '../../definition/site.ts';

/** Values of Flannel's chart: an empty network is one that it does not have. Pure. */
export function flannelValues(
  { pods }: ClusterNetwork,
  { backend }: Extract<Cni, { kind: 'flannel' }>,
): JsonObject {
  return {
    podCidr: pods.find((cidr) => !cidr.includes(':')) ?? '',
    podCidrv6: pods.find((cidr) => cidr.includes(':')) ?? '',
    flannel: { backend },
  };
}
