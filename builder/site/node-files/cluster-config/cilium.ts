import type { JsonObject } from '../../definition/json.ts';
import type { Cni } from '../../definition/site.ts';
import { type Cluster, runsPods } from '../cluster.ts';
import { cniEndpoint } from '../endpoints.ts';

type Cilium = Extract<Cni, { kind: 'cilium' }>;

/** Values of Cilium's chart. Pure. */
export function ciliumValues(cluster: Cluster, cni: Cilium): JsonObject {
  const { host, port } = cniEndpoint(cluster);
  const [, second] = cluster.site.cluster.pods;
  const isIpv6 = cluster.site.cluster.pods[0].includes(':');
  const nodes = cluster.site.nodes.filter(runsPods).length;
  return {
    kubeProxyReplacement: cni.kubeProxyReplacement,
    k8sServiceHost: host,
    k8sServicePort: port,
    ...routing(cluster, cni),
    ...(isIpv6 && { ipv4: { enabled: false } }),
    ...((isIpv6 || second !== undefined) && { ipv6: { enabled: true } }),
    // The controller manager gives each node its part of the pods' networks, for every CNI in the same way.
    ipam: { mode: 'kubernetes' },
    // The box has these in their places.
    cgroup: { autoMount: { enabled: false }, hostRoot: '/sys/fs/cgroup' },
    cni: { binPath: '/opt/cni/bin', confPath: '/etc/cni/net.d' },
    ...(cni.encryption === 'wireguard' && { encryption: { enabled: true, type: 'wireguard' } }),
    hubble: cni.hubble
      ? { enabled: true, relay: { enabled: true }, ui: { enabled: true } }
      : { enabled: false },
    // Two may not be on one node.
    operator: { replicas: Math.min(2, Math.max(1, nodes)) },
  };
}

function routing({ site }: Cluster, { routing: kind }: Cilium): JsonObject {
  switch (kind) {
    case 'vxlan':
    case 'geneve':
      return { routingMode: 'tunnel', tunnelProtocol: kind };
    case 'native': {
      const cidrs = site.cluster.pods.map((cidr): [string, string] => [
        cidr.includes(':') ? 'ipv6NativeRoutingCIDR' : 'ipv4NativeRoutingCIDR',
        cidr,
      ]);
      return { routingMode: 'native', autoDirectNodeRoutes: true, ...Object.fromEntries(cidrs) };
    }
  }
}
