import type { Reading } from './named-file.ts';
import { readChartFile } from './read-helm.ts';
import type { WrittenCni, WrittenCniChart } from './schema-network.ts';
import type { ChartSource, Cni } from './site.ts';

/** The charts that Kiln's settings are made for. */
const CHARTS = {
  cilium: {
    kind: 'repository',
    url: 'https://helm.cilium.io/',
    chart: 'cilium',
    version: '1.19.1',
  },
  flannel: {
    kind: 'repository',
    url: 'https://flannel-io.github.io/flannel/',
    chart: 'flannel',
    version: 'v0.28.5',
  },
} as const;

/** The CNI with its chart. */
export async function readCni(written: WrittenCni, reading: Reading): Promise<Cni> {
  if ('kuberouter' in written) return { kind: 'kuberouter', ...written.kuberouter };
  if ('calico' in written) return { kind: 'calico', ...written.calico };
  if ('none' in written) return { kind: 'none' };
  if ('flannel' in written) {
    const { backend, chart } = written.flannel;
    return { kind: 'flannel', backend, chart: await readChart('flannel', chart, reading) };
  }
  const { routing, encryption, hubble, chart } = written.cilium;
  const kubeProxyReplacement = written.cilium['kube-proxy-replacement'];
  return {
    ...{ kind: 'cilium', kubeProxyReplacement, routing, encryption, hubble },
    chart: await readChart('cilium', chart, reading),
  };
}

async function readChart(
  cni: 'cilium' | 'flannel',
  written: WrittenCniChart | undefined,
  reading: Reading,
): Promise<ChartSource> {
  const known = CHARTS[cni];
  if (written === undefined) return known;
  if ('path' in written) {
    const at = reading.sources.at(['network', 'cni', cni, 'chart']);
    return await readChartFile(written.path, at, reading);
  }
  const { version, repository } = written;
  if (repository?.startsWith('oci://')) return { kind: 'oci', reference: repository, version };
  return { ...known, version, url: repository ?? known.url };
}
