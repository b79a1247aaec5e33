import type { Ethernet, Role, Site, SiteNode } from '../site/definition/site.ts';
import type { Authority, Secrets } from '../site/secrets/secrets.ts';

/** A card with a static address behind a router. */
export function card(address: string, more: Partial<Ethernet> = {}): Ethernet {
  return {
    kind: 'ethernet',
    name: 'lan',
    mac: '52:54:00:00:00:11',
    lan: 'lan',
    addresses: [`${address}/24`],
    dhcp4: false,
    dhcp6: false,
    acceptRa: false,
    gateways: ['10.0.0.1'],
    routes: [],
    ...more,
  };
}

/** A node with one card at 10.0.0.<last>, or at another address. */
export function siteNode(
  name: string,
  role: Role,
  last: number,
  more: Partial<SiteNode> = {},
): SiteNode {
  const address = `10.0.0.${last}`;
  return {
    name,
    role,
    bootstrap: false,
    arch: 'x86_64',
    links: [card(address)],
    address,
    dns: [],
    search: [],
    ntp: [],
    sshKeys: [],
    labels: {},
    taints: [],
    k0sArgs: [],
    kubeletArgs: [],
    cloudConfig: {},
    ...more,
  };
}

/** The first controller. */
export function firstController(more: Partial<SiteNode> = {}): SiteNode {
  return siteNode('c1', 'controller', 11, { bootstrap: true, ...more });
}

/** Three controllers and a worker. */
export const FOUR_NODES: readonly SiteNode[] = [
  firstController(),
  siteNode('c2', 'controller+worker', 12),
  siteNode('c3', 'controller+worker', 13),
  siteNode('w1', 'worker', 21),
];

/** A site with everything as it is when nobody says otherwise. */
export function site(nodes: readonly SiteNode[], more: Partial<Site> = {}): Site {
  return {
    name: 'plant7',
    releases: {},
    cluster: {
      cni: { kind: 'kuberouter' },
      pods: ['10.244.0.0/16'],
      services: ['10.96.0.0/12'],
      domain: 'cluster.local',
      kubeProxy: 'iptables',
    },
    api: { port: 6443, joinPort: 9443, sans: [], access: { kind: 'direct' } },
    storage: { kind: 'etcd' },
    registries: [],
    profiles: {},
    manifests: [],
    helm: { repositories: [], charts: [] },
    config: {},
    workerTokens: 'each',
    nodes,
    ...more,
  };
}

/** Secrets that are none, short enough to be read in golden files. No program takes them. */
export function toySecrets({ name, nodes }: Site): Secrets {
  const workers = nodes.filter(({ role }) => role === 'worker').map((node) => node.name);
  return {
    site: name,
    authorities: {
      kubernetes: toyAuthority('kubernetes-ca'),
      frontProxy: toyAuthority('front-proxy-ca'),
      etcd: toyAuthority('etcd-ca'),
    },
    serviceAccounts: {
      key: toyPem('RSA PRIVATE KEY', 'sa'),
      publicKey: toyPem('PUBLIC KEY', 'sa'),
    },
    admin: toyAuthority('admin'),
    tokens: {
      controller: { id: 'ctrler', secret: 'controllersecret' },
      shared: { id: 'shared', secret: 'sharedsharedsecr' },
      workers: Object.fromEntries(
        workers.map((worker, index) => [
          worker,
          { id: `w${String(index).padStart(5, '0')}`, secret: String(index).padStart(16, 's') },
        ]),
      ),
    },
    vrrpPassword: 'vrrpvrrp',
  };
}

function toyAuthority(name: string): Authority {
  return {
    certificate: toyPem('CERTIFICATE', `the certificate of ${name}`),
    key: toyPem('RSA PRIVATE KEY', `the key of ${name}`),
  };
}

function toyPem(label: string, text: string): string {
  return `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`;
}
