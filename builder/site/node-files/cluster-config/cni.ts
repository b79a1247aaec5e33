import type { JsonObject } from '../../definition/json.ts';
import type { Chart } from '../../definition/site.ts';
import type { Cluster } from '../cluster.ts';
import { calicoSpec } from './calico.ts';
import { ciliumValues } from './cilium.ts';
import { flannelValues } from './flannel.ts';

/** The parts of `spec.network` that follow from the CNI. Pure. */
export function cniSpec(cluster: Cluster): JsonObject {
  const { cni, kubeProxy } = cluster.site.cluster;
  const proxy = { kubeProxy: { mode: kubeProxy } };
  const noProxy = { kubeProxy: { disabled: true } };
  switch (cni.kind) {
    case 'kuberouter':
      return {
        provider: 'kuberouter',
        ...(cni.mtu !== undefined && { kuberouter: { autoMTU: false, mtu: cni.mtu } }),
        ...proxy,
      };
    case 'calico':
      return {
        provider: 'calico',
        calico: calicoSpec(cluster, cni),
        ...(cni.ebpf ? noProxy : proxy),
      };
    case 'cilium':
      return { provider: 'custom', ...(cni.kubeProxyReplacement ? noProxy : proxy) };
    case 'flannel':
    case 'none':
      return { provider: 'custom', ...proxy };
  }
}

/** The chart of a CNI that k0s does not bring itself. Pure. */
export function cniChart(cluster: Cluster): Omit<Chart, 'order'> | undefined {
  const { cni } = cluster.site.cluster;
  switch (cni.kind) {
    case 'cilium': {
      const values = ciliumValues(cluster, cni);
      return { name: 'cilium', namespace: 'kube-system', source: cni.chart, values };
    }
    case 'flannel': {
      const values = flannelValues(cluster.site.cluster, cni);
      return { name: 'flannel', namespace: 'kube-flannel', source: cni.chart, values };
    }
    case 'kuberouter':
    case 'calico':
    case 'none':
      return undefined;
  }
}
