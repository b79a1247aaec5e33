import test from 'ava';
import { SSH_KEY, siteFindings, siteOf, siteWith } from '../../testing/site-files.ts';

const found = test.macro({
  async exec(t, lines: string) {
    const text = await siteFindings(t, { 'site.yaml': siteWith(lines) });
    t.snapshot(text.replaceAll(SSH_KEY, 'ssh-ed25519 AAAA…'));
  },
  title: (title = '') => title,
});

test(
  'refused: labels that are none',
  found,
  `defaults:
  labels:
    "a b": x
    ok: "a/b"
    UPPER.example/a: x
    -a: x
    long: ${'x'.repeat(64)}
    number: 5
    example.org/ok: ""
    kubernetes.io/role: x
    node.kubernetes.io/fine: x
    x.k8s.io/y: z
`,
);
test(
  'refused: taints that are none',
  found,
  `defaults:
  taints:
    - "a=b"
    - "a=b:Never"
    - "=b:NoSchedule"
    - "a=b c:NoSchedule"
    - "a=1:NoSchedule"
    - "a=2:NoSchedule"
    - "a=2:NoExecute"
    - "a:NoExecute"
`,
);
test(
  'refused: flags that the box does not take',
  found,
  `defaults:
  k0s-args:
    - --data-dir=/x
    - --labels=a=b
    - --config=/x
    - --token-file=/x
    - --debgu
    - debug
    - "--logging"
    - --disable-components=autopilot
    - "--feature-gates=a\\nb"
    - --something-quite-new=1
    - --kubelet-extra-args=--v=2
  kubelet-args:
    - --node-labels=a=b
    - --hostname-override=x
    - --max-pods=200
    - max-pods=200
    - "--x=a b"
`,
);
test(
  'refused: profiles that are not there, and what k0s refuses in one',
  found,
  `defaults: { profile: egde }
profiles:
  edge: { maxPods: 20, clusterDNS: [10.96.0.10], kind: Kubelet }
  Edge: {}
`,
);
test(
  'refused: SSH keys that are none',
  found,
  `access:
  ssh-keys:
    - ssh-ed25519 AAAA
    - ssh-dss AAAA
    - ${SSH_KEY.slice(0, -8)}
    - ${SSH_KEY.replace('ed25519', 'rsa')}
    - "-----BEGIN OPENSSH PRIVATE KEY-----"
    - ${SSH_KEY} me@plant7
    - ssh-ed25519
    - 5
`,
);
test(
  'refused: time zones that are none',
  found,
  `time-zone: Europe/Viena
defaults: { cloud-config: { timezone: utc } }
nodes:
  - { name: c1, role: controller, address: 10.0.0.11/24 }
  - { name: w1, role: worker, time-zone: US/Pacific }
  - { name: w2, role: worker, time-zone: Europe/vienna }
  - { name: w3, role: worker, time-zone: Asia/Kolkata }
  - { name: w4, role: worker, time-zone: ../etc }
`,
);
test(
  'refused: a proxy that is none',
  found,
  'proxy: { http: proxy:3128, https: "http://proxy:99999", no-proxy: ["a, b"] }',
);
test(
  'refused: a raw ClusterConfig that contradicts the site',
  found,
  `config:
  apiVersion: v1
  kind: ClusterConfig
  sepc: {}
  spec:
    api: { address: 10.0.0.11, externalAddress: lb, port: 7, k0sApiPort: 8, extraArgs: { v: "2" } }
    storage: { type: kine }
    network:
      podCIDR: 10.1.0.0/16
      provider: calico
      nodeLocalLoadBalancing: { enabled: true }
      controlPlaneLoadBalancing: { enabled: true, keepalived: { virtualServers: [] } }
    workerProfiles: []
`,
);
test(
  'refused: virtual servers where workers ask the virtual address',
  found,
  `api: { vip: 10.0.0.9/24, node-local: false }
config: { spec: { network: { controlPlaneLoadBalancing: { keepalived: { virtualServers: [{ ipAddress: 10.0.0.9 }] } } } } }
`,
);
test(
  'refused: virtual servers on a controller that is a worker too',
  found,
  `api: { vip: 10.0.0.9/24 }
config: { spec: { network: { controlPlaneLoadBalancing: { keepalived: { virtualServers: [{ ipAddress: 10.0.0.9 }] } } } } }
nodes: [{ name: c1, role: controller+worker, address: 10.0.0.11/24 }]
`,
);
test(
  'refused: a raw ClusterConfig that is none',
  found,
  'config: { spec: [], metadata: x }\nprofiles: { a: .nan, b: { x: .inf } }',
);
test(
  'raw cloud-config: what the box refuses, and what has no effect',
  found,
  `cloud-config:
  hostname: x
  k0s: { role: worker }
  packages: [vim]
  growpart: {}
  locale: C
  runcmdd: []
  runcmd: [true]
  write_files: [{ path: /etc/ok }, { path: /usr/bin/x }, { path: etc/x }, { content: x }, x]
  ca_certs: { remove_defaults: true, trusted: [x] }
`,
);

test(
  'refused: files of cloud-config that are none',
  found,
  'cloud-config: { write_files: { path: /etc/x } }',
);

test(
  'refused: fields of a raw ClusterConfig that k0s does not have',
  found,
  `config:
  spec:
    apis: {}
    network: { kubeProxy: { ipvs: { strictArp: true }, iptables: [] }, calico: ~ }
    somethingNew: { a: b }
    images: { default_pull_policy: Never, calico: { nod: { image: x } } }
`,
);

test('raw parts are handed on as they are, empty values too', async (t) => {
  const lines = `config: { spec: { api: { extraArgs: { v: ~ } }, storage: { etcd: { extraArgs: { a: b } } } } }
cloud-config: { runcmd: [one], write_files: ~ }
defaults: { cloud-config: { ntp: { servers: [a] } } }
nodes: [{ name: c1, role: controller, address: 10.0.0.11/24, cloud-config: { runcmd: [two], ntp: { pools: [b] } } }]
`;
  const { config, nodes } = await siteOf(t, siteWith(lines));
  t.deepEqual(config, {
    spec: { api: { extraArgs: { v: null } }, storage: { etcd: { extraArgs: { a: 'b' } } } },
  });
  t.deepEqual(nodes[0]?.cloudConfig, {
    runcmd: ['two'],
    write_files: null,
    ntp: { servers: ['a'], pools: ['b'] },
  });
});
test(
  'refused: orders for the installer that name no disk, or none in a way that the box knows',
  found,
  `install: { wipe: true, disc: only }
groups:
  - { name: "g[1-3]", install: { var: wipe } }
nodes:
  - { name: n1, role: worker, install: { disk: smalest, then: halt, wipe: yes } }
  - { name: n2, role: worker, install: { disk: {} } }
  - { name: n3, role: worker, install: { disk: { path: sda, size: 200G, bus: sata, serial: 5, sise: "<1T" } } }
  - { name: n4, role: worker, install: { disk: /dev/../etc/passwd } }
  - { name: n5, role: worker, install: { disk: /dev/sda, then: poweroff } }
  - { name: n6, role: worker, install: only }
`,
);
test('refused: nodes that shall be installed nowhere', found, 'install: { wipe: true }\n');

test('what the site says of the installer, what defaults, a group and one of it say, are laid over each other', async (t) => {
  const site = await siteOf(t, {
    'base.yaml': 'install: { disk: { serial: A, bus: nvme }, wipe: true }\n',
    'site.yaml': siteWith(`include: [base.yaml]
install: { disk: { model: M } }
defaults: { install: { then: poweroff } }
groups:
  - { name: "g[1-2]", install: { disk: only }, overrides: { g2: { install: { disk: /dev/sdb, var: wipe } } } }
`),
  });
  const of = (name: string) => site.nodes.find((node) => node.name === name)?.install;
  const common = { wipe: true, var: 'keep', afterwards: 'poweroff' };
  t.deepEqual(of('w1') as unknown, { ...common, disk: { model: 'M' } });
  t.deepEqual(of('g1') as unknown, { ...common, disk: 'only' });
  t.deepEqual(of('g2') as unknown, { ...common, disk: '/dev/sdb', var: 'wipe' });
});

test(
  'refused: disks for /var that are none, and for machines that are installed',
  found,
  `var: { wipe: true, disc: only }
nodes:
  - { name: n1, role: worker, var: { disk: smalest, then: reboot, wipe: yes } }
  - { name: n2, role: worker, var: { disk: {} } }
  - { name: n3, role: worker, var: { disk: { path: sda, bus: sata } } }
  - { name: n4, role: worker, var: { disk: only }, install: { disk: only } }
  - { name: n5, role: worker, var: only }
`,
);

test('what the site, defaults, a group and one of it say of /var is laid over each other', async (t) => {
  const site = await siteOf(t, {
    'base.yaml': 'var: { disk: { serial: A, bus: nvme }, wipe: true }\n',
    'site.yaml': siteWith(`include: [base.yaml]
var: { disk: { model: M } }
defaults: { var: { wipe: false } }
groups:
  - { name: "g[1-2]", var: { disk: only }, overrides: { g2: { var: { disk: /dev/sdb, wipe: true } } } }
`),
  });
  const of = (name: string) => site.nodes.find((node) => node.name === name)?.var;
  t.deepEqual(of('w1') as unknown, { disk: { model: 'M' }, wipe: false });
  t.deepEqual(of('g1') as unknown, { disk: 'only', wipe: false });
  t.deepEqual(of('g2') as unknown, { disk: '/dev/sdb', wipe: true });
});
