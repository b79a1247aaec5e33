import type { JsonObject } from '../../definition/json.ts';
import type { SiteNode } from '../../definition/site.ts';
import type { Cluster } from '../cluster.ts';
import { linkOfSubnet } from '../link-of-subnet.ts';

/** The parts of `spec.network` that keep the API reachable when a controller is gone. Pure. */
export function balancingSpec(cluster: Cluster, node: SiteNode): JsonObject {
  const { access } = cluster.site.api;
  switch (access.kind) {
    case 'vip':
      return {
        ...(access.nodeLocal && NODE_LOCAL),
        controlPlaneLoadBalancing: {
          enabled: true,
          type: 'Keepalived',
          keepalived: {
            ...(!isBalanced(cluster, access) && { disableLoadBalancer: true }),
            vrrpInstances: [
              {
                virtualIPs: [access.address],
                ...interfaceOf(node, access.address),
                virtualRouterID: access.routerId,
                authPass: cluster.secrets.vrrpPassword,
              },
            ],
          },
        },
      };
    case 'node-local':
      return NODE_LOCAL;
    case 'direct':
    case 'balancer':
      return {};
  }
}

const NODE_LOCAL = { nodeLocalLoadBalancing: { enabled: true, type: 'EnvoyProxy' } } as const;

/**
 * Whether who has the shared address hands connections on to all controllers. Nodes' tunnels to controllers
 * (konnectivity) end at who has the address, unless nodes have balancers: another controller would reach no pod and
 * no log. And the rules that k0s makes for it do not go with other CNIs than its own (docs/cplb.md).
 */
function isBalanced({ site }: Cluster, { nodeLocal }: { readonly nodeLocal: boolean }): boolean {
  const { cni } = site.cluster;
  const isOfK0s = cni.kind === 'kuberouter' || (cni.kind === 'calico' && !cni.ebpf);
  return nodeLocal && isOfK0s;
}

/** k0s would take the link with the default route, which need not be in the address's network. */
function interfaceOf(node: SiteNode, address: string): JsonObject {
  const link = linkOfSubnet(node.links, address);
  return link === undefined ? {} : { interface: link };
}
