import type { JsonObject } from '../../definition/json.ts';
import type { Cni } from '../../definition/site.ts';
import type { Cluster } from '../cluster.ts';
import { cniEndpoint } from '../endpoints.ts';
import { seedYaml } from '../seed-yaml.ts';

type Calico = Extract<Cni, { kind: 'calico' }>;

/** `spec.network.calico`. Pure. */
export function calicoSpec(cluster: Cluster, cni: Calico): JsonObject {
  // The address that the kubelet tells, not the first that Calico finds: it may be the one that controllers share.
  const method = 'kubernetes-internal-ip';
  return {
    // k0s knows IPIP as what BIRD makes of `overlay`; "ipip" would be routes without any encapsulation.
    mode: cni.mode === 'vxlan' ? 'vxlan' : 'bird',
    overlay: cni.overlay,
    ...(cni.mtu !== undefined && { mtu: cni.mtu }),
    wireguard: cni.wireguard,
    ipAutodetectionMethod: method,
    ipV6AutodetectionMethod: method,
    ...(cni.ebpf && ebpf(cluster)),
  };
}

/**
 * k0s's manifest has no file system of eBPF for Calico, which a patch adds. Its balancing in sockets would need the
 * host's control groups too; packets' addresses are translated instead.
 */
function ebpf(cluster: Cluster): JsonObject {
  const { host, port } = cniEndpoint(cluster);
  return {
    envVars: {
      FELIX_BPFENABLED: 'true',
      FELIX_BPFCONNECTTIMELOADBALANCING: 'Disabled',
      FELIX_BPFHOSTNETWORKEDNATWITHOUTCTLB: 'Enabled',
      // There is no kube-proxy that would lead to the API.
      KUBERNETES_SERVICE_HOST: host,
      KUBERNETES_SERVICE_PORT: String(port),
    },
    patches: [
      {
        target: { kind: 'DaemonSet', name: 'calico-node', namespace: 'kube-system' },
        patch: { type: 'StrategicMergePatch', content: seedYaml(BPF_FILE_SYSTEM) },
      },
    ],
  };
}

const BPF_FILE_SYSTEM = {
  spec: {
    template: {
      spec: {
        containers: [
          { name: 'calico-node', volumeMounts: [{ name: 'bpffs', mountPath: '/sys/fs/bpf' }] },
        ],
        volumes: [{ name: 'bpffs', hostPath: { path: '/sys/fs/bpf', type: 'Directory' } }],
      },
    },
  },
} as const;
