import { gzipSync } from 'node:zlib';
import type { Addressing, Cni, Install, Site, SiteNode } from '../site/definition/site.ts';
import { card, FOUR_NODES, firstController, site, siteNode } from './site-fixture.ts';

const NONE: Addressing = {
  addresses: [],
  dhcp4: false,
  dhcp6: false,
  acceptRa: false,
  gateways: [],
  routes: [],
};

const DHCP: Partial<SiteNode> = {
  links: [{ ...NONE, kind: 'ethernet', name: 'lan', lan: 'lan', dhcp4: true, acceptRa: true }],
};

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: meters\n';

/** A chart as Helm packs it, as far as Kiln looks into it. */
const CHART = {
  kind: 'file',
  fileName: 'cilium-1.19.2.tgz',
  bytes: gzipSync(tarOf(['cilium/Chart.yaml', 'name: cilium\nversion: 1.19.2\n']), { level: 0 }),
} as const;

function withCni(cni: Cni, more: Partial<Site> = {}): Site {
  const plain = site(FOUR_NODES, more);
  return { ...plain, cluster: { ...plain.cluster, cni } };
}

const INSTALLS: readonly [Install, ...Install[]] = [
  { disk: 'only', wipe: false, var: 'keep', afterwards: 'reboot' },
  { disk: '/dev/disk/by-id/nvme-ACME_1', wipe: true, var: 'wipe', afterwards: 'poweroff' },
  {
    disk: { path: '/dev/sda', serial: '5', model: 'A 1', size: '>=200G <2Ti', bus: 'scsi' },
    wipe: false,
    var: 'keep',
    afterwards: 'reboot',
  },
];

/** Sites by what is special about them: each way to reach the API, to store, to network. */
export const SITE_CASES: Readonly<Record<string, Site>> = {
  'a single node': site([siteNode('box', 'single', 11)], { storage: { kind: 'sqlite' } }),
  'a single node with an address from DHCP': site(
    [{ ...withoutAddress(siteNode('box', 'single', 11)), ...DHCP }],
    { storage: { kind: 'sqlite' } },
  ),
  'a single node with etcd': site([siteNode('box', 'single', 11)]),
  'a controller and a worker': site([firstController(), siteNode('w1', 'worker', 21)]),
  'machines that are installed': site(
    [firstController(), siteNode('w1', 'worker', 21), siteNode('w2', 'worker', 22)].map(
      (node, index): SiteNode => ({ ...node, install: INSTALLS[index] ?? INSTALLS[0] }),
    ),
  ),
  'a machine with /var on a disk': site([
    { ...firstController(), var: { disk: { serial: 'A1', bus: 'nvme' }, wipe: true } },
  ]),
  'a virtual address': site(FOUR_NODES.map(twoCards), {
    api: api({ kind: 'vip', address: '10.9.0.10/24', routerId: 61, nodeLocal: false }),
  }),
  'a virtual address and balancers on nodes': site(FOUR_NODES, {
    api: api({ kind: 'vip', address: '10.0.0.10/24', routerId: 51, nodeLocal: true }),
  }),
  'a load balancer': site(FOUR_NODES, {
    api: { ...api({ kind: 'balancer', address: 'api.plant7.example' }), port: 443, joinPort: 9444 },
  }),
  'balancers on nodes': site(FOUR_NODES, { api: api({ kind: 'node-local' }) }),
  'etcd elsewhere': site(FOUR_NODES, {
    storage: {
      kind: 'external-etcd',
      endpoints: ['https://10.0.0.5:2379', 'https://10.0.0.6:2379'],
      prefix: 'plant7',
      tls: {
        ca: pem('CERTIFICATE', 'ca of etcd'),
        certificate: pem('CERTIFICATE', 'client of etcd'),
        key: pem('RSA PRIVATE KEY', 'key of the client of etcd'),
      },
    },
  }),
  'a database': site(FOUR_NODES, {
    storage: { kind: 'kine', source: 'postgres://k0s:databasepassword@10.0.0.5/k0s' },
  }),
  'two families': dualStack(),
  'IPv6 alone': ipv6(),
  'bonds and VLANs': site([firstController(), bonded()]),
  'kube-router with an MTU': withCni({ kind: 'kuberouter', mtu: 8900 }),
  'Calico with VXLAN': withCni(calico({ mtu: 1400 })),
  'Calico with IPIP and WireGuard': withCni(
    calico({ mode: 'ipip', overlay: 'CrossSubnet', wireguard: true }),
  ),
  'Calico with eBPF': withCni(calico({ mode: 'bird', overlay: 'Never', ebpf: true })),
  'Cilium in the place of kube-proxy': withCni({
    kind: 'cilium',
    kubeProxyReplacement: true,
    routing: 'native',
    encryption: 'wireguard',
    hubble: true,
    chart: {
      kind: 'repository',
      url: 'https://helm.cilium.io/',
      chart: 'cilium',
      version: '1.19.2',
    },
  }),
  'Cilium beside kube-proxy, from a file': withCni({
    kind: 'cilium',
    kubeProxyReplacement: false,
    routing: 'geneve',
    encryption: 'none',
    hubble: false,
    chart: CHART,
  }),
  'Flannel from a registry': withCni({
    kind: 'flannel',
    backend: 'wireguard',
    chart: { kind: 'oci', reference: 'oci://registry.example/charts/flannel', version: 'v0.28.9' },
  }),
  'no CNI': withCni({ kind: 'none' }),
  'everything else': everything(),
};

function api(access: Site['api']['access']): Site['api'] {
  return { port: 6443, joinPort: 9443, sans: ['plant7.example'], access };
}

function calico(more: Partial<Extract<Cni, { kind: 'calico' }>>): Cni {
  const plain = { mode: 'vxlan', overlay: 'Always', wireguard: false, ebpf: false } as const;
  return { kind: 'calico', ...plain, ...more };
}

function withoutAddress({ address: _, ...node }: SiteNode): SiteNode {
  return node;
}

/** Beside the network of the cluster another one, where the shared address is. */
function twoCards(node: SiteNode, index: number): SiteNode {
  const mac = `52:54:00:00:01:1${index}`;
  const other = { name: 'ops', mac, lan: 'ops', gateways: [] };
  return { ...node, links: [...node.links, card(`10.9.0.${11 + index}`, other)] };
}

function dualStack(): Site {
  const nodes = FOUR_NODES.map((node, index): SiteNode => {
    const second = `fd00:7::${11 + index}`;
    const link = card(node.address ?? '', {
      addresses: [`${node.address}/24`, `${second}/64`],
      gateways: ['10.0.0.1', 'fd00:7::1'],
    });
    return { ...node, secondAddress: second, links: [link], dns: ['10.0.0.1', 'fd00:7::1'] };
  });
  const plain = site(nodes);
  const pods = ['10.244.0.0/16', 'fd00:8::/108'] as const;
  const services = ['10.96.0.0/12', 'fd00:9::/108'] as const;
  return { ...plain, cluster: { ...plain.cluster, pods, services, kubeProxy: 'nftables' } };
}

function ipv6(): Site {
  const nodes = FOUR_NODES.map((node, index): SiteNode => {
    const address = `fd00:7::${11 + index}`;
    const link = card('', { addresses: [`${address}/64`], gateways: ['fd00:7::1'] });
    return { ...node, address, links: [link] };
  });
  const plain = site(nodes);
  const cluster = { ...plain.cluster, pods: ['fd00:8::/108'], services: ['fd00:9::/108'] } as const;
  return { ...plain, cluster };
}

/** Two cards that are one link, and on it the cluster's VLAN and one for operations. */
function bonded(): SiteNode {
  const port = (name: string, mac: string) =>
    ({ ...NONE, kind: 'ethernet', name, mac, lan: 'trunk', mtu: 9000 }) as const;
  return siteNode('w1', 'worker', 21, {
    dns: ['10.0.0.1'],
    search: ['plant7.example'],
    links: [
      port('left', '52:54:00:00:00:21'),
      port('right', '52:54:00:00:00:22'),
      {
        ...NONE,
        kind: 'bond',
        name: 'trunk',
        members: ['left', 'right'],
        mode: '802.3ad',
        mtu: 9000,
      },
      {
        ...NONE,
        kind: 'vlan',
        name: 'site',
        id: 7,
        parent: 'trunk',
        addresses: ['10.0.0.21/24'],
        gateways: ['10.0.0.1'],
      },
      {
        ...NONE,
        kind: 'vlan',
        name: 'ops',
        id: 8,
        parent: 'trunk',
        dhcp4: true,
        routes: [{ to: '172.16.0.0/12', via: '10.8.0.1' }],
      },
    ],
  });
}

function everything(): Site {
  const common: Partial<SiteNode> = {
    dns: ['10.0.0.1'],
    search: ['plant7.example'],
    ntp: ['10.0.0.1', 'ntp.plant7.example'],
    timeZone: 'Europe/Vienna',
    sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBthisisthekeyofoneoftheoperators admin@plant7'],
    proxy: {
      http: 'http://user:proxy$password@10.0.0.2:3128',
      https: 'http://10.0.0.2:3128',
      noProxy: ['.plant7.example'],
    },
    cloudConfig: {
      write_files: [{ path: '/etc/motd', content: 'plant 7\n' }],
      runcmd: [['touch', '/run/was-here']],
    },
  };
  const worker: Partial<SiteNode> = {
    ...common,
    labels: { 'plant7.example/line': 'on', zone: '07' },
    taints: ['line=on:NoSchedule', 'old:NoExecute'],
    k0sArgs: ['--debug'],
    kubeletArgs: ['--max-pods=60', '--v=2'],
    profile: 'small',
  };
  return site(
    [
      firstController({ ...common, k0sArgs: ['--disable-components=metrics-server'] }),
      siteNode('c2', 'controller+worker', 12, worker),
      siteNode('w1', 'worker', 21, { ...worker, serial: 'SN-0021' }),
      { ...withoutAddress(siteNode('w2', 'worker', 22, worker)), ...DHCP },
    ],
    {
      workerTokens: 'shared',
      registries: [
        {
          host: '*',
          mirrors: ['https://mirror.plant7.example:5000', 'http://10.0.0.3:5000'],
          ca: pem('CERTIFICATE', 'ca of the mirror'),
          skipVerify: false,
        },
        { host: 'registry.plant7.example:5000', mirrors: [], skipVerify: true },
      ],
      profiles: { small: { maxPods: 40, evictionHard: { 'memory.available': '200Mi' } } },
      manifests: [{ stack: 'plant7', name: 'namespace', text: NAMESPACE }],
      helm: {
        repositories: [{ name: 'plant7', url: 'https://charts.plant7.example' }],
        charts: [
          {
            name: 'meter',
            namespace: 'meters',
            source: {
              kind: 'repository',
              url: 'https://charts.plant7.example',
              chart: 'meter',
              version: '2.0.0',
            },
            values: { interval: '10s', enabled: 'yes' },
            order: 1,
          },
          { name: 'local', namespace: 'default', source: CHART, values: {}, order: 0 },
        ],
      },
      config: {
        spec: {
          images: { default_pull_policy: 'Never' },
          network: { kubeProxy: { metricsBindAddress: '127.0.0.1:10249' } },
        },
      },
    },
  );
}

function pem(label: string, text: string): string {
  return `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`;
}

/** A tar file (ustar) with files of less than 512 bytes; nobody looks at its checksums. */
export function tarOf(...files: readonly (readonly [name: string, text: string, type?: string])[]) {
  const blocks = files.flatMap(([name, text, type = '0']) => {
    const [head, body] = [Buffer.alloc(512), Buffer.alloc(512)];
    head.write(name);
    head.write(`${Buffer.byteLength(text).toString(8).padStart(11, '0')}\0`, 124);
    head.write(type, 156);
    body.write(text);
    return [head, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
