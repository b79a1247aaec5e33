import type { Arch } from '../../image/arch.ts';
import { archOf } from './complete.ts';
import type { NamedRelease } from './read-releases.ts';
import type { Checked, Rule } from './rule.ts';
import type { WrittenNetwork } from './schema-network.ts';

export const CNI_RULES: readonly Rule[] = [checkCoverage, checkKubeProxy, checkDualStack];

/** A name of images/cni.yaml, and the option of the site that asks for it. */
interface Wish {
  readonly name: string;
  /** Below `network`. */
  readonly path: readonly string[];
}

/** What a site's network asks of an image. */
export function wishesOf(network: Pick<WrittenNetwork, 'cni' | 'kube-proxy'>): readonly Wish[] {
  const { cni } = network;
  const proxy: readonly Wish[] = replacesKubeProxy(network)
    ? []
    : [
        { name: 'kube-proxy', path: ['kube-proxy'] },
        { name: `kube-proxy/${network['kube-proxy']}`, path: ['kube-proxy'] },
      ];
  if ('kuberouter' in cni) return [{ name: 'kube-router', path: ['cni'] }, ...proxy];
  if ('none' in cni) return proxy;
  if ('flannel' in cni) {
    const { backend } = cni.flannel;
    return [
      { name: 'flannel', path: ['cni'] },
      { name: `flannel/${backend}`, path: ['cni', 'flannel', 'backend'] },
      ...proxy,
    ];
  }
  return [...('calico' in cni ? wishesOfCalico(cni.calico) : wishesOfCilium(cni.cilium)), ...proxy];
}

type Calico = Extract<WrittenNetwork['cni'], { readonly calico: unknown }>['calico'];
type Cilium = Extract<WrittenNetwork['cni'], { readonly cilium: unknown }>['cilium'];

function wishesOfCalico({ mode, overlay, wireguard, ebpf }: Calico): readonly Wish[] {
  // With bird, and with the older word for it, the overlay is IPIP.
  const way = mode === 'vxlan' ? 'vxlan' : overlay === 'Never' ? 'bgp' : 'ipip';
  const at = (key: string) => ['cni', 'calico', key];
  return [
    { name: 'calico', path: ['cni'] },
    { name: `calico/${way}`, path: at('mode') },
    { name: ebpf ? 'calico/ebpf' : 'calico/iptables', path: at('ebpf') },
    ...(wireguard ? [{ name: 'calico/wireguard', path: at('wireguard') }] : []),
  ];
}

function wishesOfCilium(cilium: Cilium): readonly Wish[] {
  const at = (key: string) => ['cni', 'cilium', key];
  const way = cilium.routing === 'native' ? 'native-routing' : cilium.routing;
  const replacement = { name: 'cilium/kube-proxy-replacement', path: at('kube-proxy-replacement') };
  return [
    { name: 'cilium', path: ['cni'] },
    { name: `cilium/${way}`, path: at('routing') },
    ...(cilium['kube-proxy-replacement'] ? [replacement] : []),
    ...(cilium.encryption === 'wireguard'
      ? [{ name: 'cilium/wireguard', path: at('encryption') }]
      : []),
  ];
}

function replacesKubeProxy({ cni }: Pick<WrittenNetwork, 'cni'>): boolean {
  if ('cilium' in cni) return cni.cilium['kube-proxy-replacement'];
  return 'calico' in cni && cni.calico.ebpf;
}

/** A release that nodes boot has everything that their network needs. */
function checkCoverage(checked: Checked): void {
  const { plan, parts } = checked;
  const { network } = plan.written;
  if (!network) return;
  const usual = archOf(plan, parts.releases);
  const archs = new Set(plan.nodes.map(({ settings }) => settings.arch ?? usual));
  for (const arch of archs) {
    const release = parts.releases.get(arch);
    if (release) checkRelease(network, arch, release, checked);
  }
}

function checkRelease(
  network: WrittenNetwork,
  arch: Arch,
  { at, manifest }: NamedRelease,
  { sources, report }: Checked,
): void {
  const { name, version, cnis } = manifest;
  if (cnis === undefined) {
    const message = `nothing is known of the networks that ${name} ${version} has everything for`;
    report.warn(message, at, 'an older Kiln built it: build it again');
    return;
  }
  for (const wish of wishesOf(network)) {
    if (cnis.includes(wish.name)) continue;
    const message = `the image ${name} ${version} (${arch}) does not have everything that "${wish.name}" needs`;
    const note = `add "${wish.name}" to "cni" in the image's file and build it: that says what is missing`;
    report.error(message, sources.at(['network', ...wish.path]), note);
  }
}

/** Two things cannot do the work of kube-proxy. */
function checkKubeProxy({ plan, sources, report }: Checked): void {
  const { network } = plan.written;
  const at = sources.keyAt(['network'], 'kube-proxy');
  if (!network || !at || !replacesKubeProxy(network)) return;
  report.warn('"kube-proxy" has no effect: the CNI does its work', at);
}

/** k0s takes Calico for two families only with routes: its tunnels carry IPv4. */
function checkDualStack({ plan, sources, report }: Checked): void {
  const { network } = plan.written;
  if (!network || network.pods.length < 2 || !('calico' in network.cni)) return;
  const { mode } = network.cni.calico;
  if (mode === 'bird') return;
  const message = `k0s has no dual stack with Calico in the mode ${mode}`;
  const at = sources.at(['network', 'cni', 'calico', 'mode']);
  report.error(message, at, 'use cni: { calico: { mode: bird } }, or another CNI');
}
