import type { Ethernet, Site, SiteNode } from '../site/definition/site.ts';

/** A node with an address, `10.0.0.<number>`, and a card to match. */
export function siteNode(
  name: string,
  number: number,
  more: Partial<SiteNode> = {},
): SiteNode & { readonly address: string } {
  const address = `10.0.0.${number}`;
  const link: Ethernet = {
    kind: 'ethernet',
    name: 'lan0',
    mac: `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`,
    lan: 'lan',
    addresses: [`${address}/24`],
    ...{ dhcp4: false, dhcp6: false, acceptRa: false },
    gateways: ['10.0.0.1'],
    routes: [],
  };
  return {
    ...{ name, role: 'worker', bootstrap: false, arch: 'x86_64', links: [link], address },
    ...{ dns: ['10.0.0.1'], search: [], ntp: [], sshKeys: [], labels: {}, taints: [] },
    ...{ k0sArgs: [], kubeletArgs: [], cloudConfig: {} },
    ...more,
  };
}

/** One controller and two workers. */
export const PLANT: Site = {
  name: 'plant7',
  releases: {},
  cluster: {
    cni: { kind: 'kuberouter' },
    ...{ pods: ['10.244.0.0/16'], services: ['10.96.0.0/12'] },
    ...{ domain: 'cluster.local', kubeProxy: 'iptables' },
  },
  api: { port: 6443, joinPort: 9443, sans: [], access: { kind: 'direct' } },
  storage: { kind: 'etcd' },
  registries: [],
  profiles: {},
  manifests: [],
  helm: { repositories: [], charts: [] },
  config: {},
  workerTokens: 'each',
  nodes: [
    siteNode('c1', 11, { role: 'controller', bootstrap: true }),
    siteNode('w1', 21, { serial: 'SN-21' }),
    siteNode('w2', 22, { arch: 'arm64' }),
  ],
};
