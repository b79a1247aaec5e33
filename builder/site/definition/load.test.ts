import { generateKeyPairSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import forge from 'node-forge';
import { makeManifest, manifestText } from '../../image/release/manifest.ts';
import { siteFindings, siteOf, siteWith } from '../../testing/site-files.ts';

const { pki } = forge;

/** A certificate of its own key, valid for a day in 2026. */
function certificate(name: string): { readonly certificate: string; readonly key: string } {
  const { privateKey } = generateKeyPairSync('rsa', {
    ...{ modulusLength: 1024, publicKeyEncoding: { type: 'spki', format: 'pem' } },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const key = pki.privateKeyFromPem(privateKey);
  const made = pki.createCertificate();
  made.publicKey = pki.setRsaPublicKey(key.n, key.e);
  made.serialNumber = '01';
  made.validity.notBefore = new Date('2026-01-01');
  made.validity.notAfter = new Date('2026-01-02');
  made.setSubject([{ name: 'commonName', value: name }]);
  made.setIssuer([{ name: 'commonName', value: name }]);
  made.sign(key, forge.md.sha256.create());
  return { certificate: pki.certificateToPem(made), key: privateKey };
}

const A = certificate('a');
const B = certificate('b');
const CHART = gzipSync('chart');

test('a site reads the files that it names, relative to the file that names them', async (t) => {
  const site = await siteOf(t, {
    'site.yaml': siteWith(`include: [shared/base.yaml]
storage: { kine: database.txt }
manifests: { own: [b.yaml, c.yaml] }
network: { cni: { cilium: { chart: charts/cilium-1.19.1.tgz } }, ntp: [10.0.0.1] }
helm:
  repositories: { tools: "https://charts.example/tools" }
  charts:
    - { name: one, chart: tools/one, version: 1.0.0, values: { a: ~ } }
    - { name: two, chart: "oci://registry.example/two", version: 2.0.0, namespace: two, order: 1 }
    - { name: three, chart: ./charts/three.tgz }
`),
    'database.txt': 'postgres://k0s:secret@db.example:5432/k0s\n',
    'b.yaml': 'b: 1\n',
    'c.yaml': 'c: 1\n---\nc: 2\n',
    'charts/cilium-1.19.1.tgz': CHART,
    'charts/three.tgz': CHART,
    'shared/base.yaml': `registries: { docker.io: { mirrors: ["https://mirror.example"], ca: ca.pem } }
manifests: { more: files }
`,
    'shared/ca.pem': A.certificate + B.certificate,
    'shared/files/z.yaml': 'z: 1\n',
    'shared/files/a.yaml': 'a: 1\n',
    'shared/files/notes.txt': 'not a manifest',
  });
  const { storage, registries, manifests, helm, cluster } = site;
  t.deepEqual(storage, { kind: 'kine', source: 'postgres://k0s:secret@db.example:5432/k0s' });
  t.is(registries[0]?.ca, A.certificate + B.certificate);
  t.deepEqual(
    manifests.map(({ stack, name }) => `${stack}/${name}`),
    ['more/a.yaml', 'more/z.yaml', 'own/b.yaml', 'own/c.yaml'],
  );
  t.like(cluster.cni, { kind: 'cilium', chart: { kind: 'file', fileName: 'cilium-1.19.1.tgz' } });
  t.snapshot(
    helm.charts.map(({ source, ...rest }) => ({ ...rest, source: { ...source, bytes: '' } })),
  );
});

test('site files of one template: maps merge, an empty value takes one away, the rest replaces', async (t) => {
  const site = await siteOf(t, {
    'site.yaml': `include: [base.yaml]
site: plant8
network: { dns: [10.0.0.3], cni: { calico: { mode: bird } } }
api: { vip: ~ }
defaults: { labels: { rack: "2", old: ~ } }
config: { spec: { api: { extraArgs: { v: "2" } } } }
nodes:
  - { name: c1, role: controller+worker, address: 10.0.0.11/24 }
`,
    'base.yaml': `network: { cni: { cilium: { hubble: true } }, dns: [10.0.0.1, 10.0.0.2], gateway: 10.0.0.1, ntp: [10.0.0.1] }
api: { vip: 10.0.0.9/24, port: 7000 }
defaults: { labels: { owner: ops, rack: "1", old: x }, k0s-args: [--debug] }
config: { spec: { api: { extraArgs: { a: b } } } }
nodes:
  - { name: x1, role: controller, address: 10.0.0.12/24 }
`,
  });
  t.is(site.cluster.cni.kind, 'calico');
  t.deepEqual(site.api.access, { kind: 'direct' });
  t.is(site.api.port, 7000);
  t.deepEqual(site.config, { spec: { api: { extraArgs: { a: 'b', v: '2' } } } });
  t.deepEqual(site.nodes.length, 1);
  t.like(site.nodes[0], {
    ...{ name: 'c1', dns: ['10.0.0.3'], labels: { owner: 'ops', rack: '2' }, k0sArgs: ['--debug'] },
  });
});

test('refused: files that are not there, or are not what they should be', async (t) => {
  t.snapshot(
    await siteFindings(t, {
      'site.yaml': siteWith(`include: [none.yaml]
image: { release: nowhere }
storage: { kine: database.txt }
registries: { docker.io: { ca: none.pem }, ghcr.io: { ca: empty.pem }, "bad host": {} }
manifests:
  coredns: a.yaml
  kiln-tokens: a.yaml
  own: [a.yaml, broken.yaml, empty.yaml, a.yml, none.yaml, wrong, bare, .]
network: { cni: { flannel: { chart: text.tgz } }, ntp: [10.0.0.1] }
helm:
  charts:
    - { name: one, chart: tools/one, version: 1.0.0 }
    - { name: one, chart: ./one.tgz, version: 1.0.0 }
    - { name: two, chart: "oci://registry.example/two" }
    - { name: three, chart: three }
`),
      'database.txt': 'secret',
      'empty.pem': '',
      'a.yaml': 'a: 1',
      'empty.yaml': '\n',
      'a.yml': 'a: 1',
      'broken.yaml': 'a: 1\nb: [\n',
      'wrong/a.yml': 'a: 1',
      'bare/b': '',
      'text.tgz': 'text',
    }),
  );
});

test('external etcd, with certificates that fit together', async (t) => {
  const files = { 'ca.pem': A.certificate, 'a.pem': A.certificate, 'a.key': A.key, 'b.key': B.key };
  const site = (keys: string) =>
    siteWith(
      `storage: { external-etcd: { endpoints: ["https://10.0.0.5:2379"], prefix: plant7, ${keys} } }`,
    );
  const tls = (key: string) => `ca: ca.pem, certificate: a.pem, key: ${key}`;
  const { storage } = await siteOf(t, { ...files, 'site.yaml': site(tls('a.key')) });
  t.is(storage.kind === 'external-etcd' ? storage.tls?.key : '', A.key);
  const wrong = [
    'ca: ca.pem',
    tls('b.key'),
    tls('a.pem'),
    'ca: a.key, certificate: a.key, key: a.key',
  ];
  const texts = wrong.map((keys) => siteFindings(t, { ...files, 'site.yaml': site(keys) }));
  t.snapshot((await Promise.all(texts)).join('\n\n'));
});

test('refused: the SQLite of one box for several', async (t) => {
  const files = { 'site.yaml': siteWith('storage: { kine: db }'), db: 'sqlite:///var/lib/x\n' };
  t.snapshot(await siteFindings(t, files));
});

test('refused: more than a box takes', async (t) => {
  const big = `# ${'x'.repeat(2 << 20)}\na: 1\n`;
  t.snapshot(
    await siteFindings(t, {
      'site.yaml': siteWith(`manifests: { a: [one.yaml, two.yaml, three.yaml] }
helm: { charts: [{ name: a, chart: a.tgz }, { name: b, chart: b.tgz }, { name: c, chart: c.tgz }, { name: d, chart: d.tgz }] }
storage: { kine: long }
`),
      'one.yaml': big,
      'two.yaml': big,
      'three.yaml': big + big,
      ...Object.fromEntries(
        ['a', 'b', 'c'].map((name) => [
          `${name}.tgz`,
          Buffer.concat([CHART, Buffer.alloc(3 << 20)]),
        ]),
      ),
      'd.tgz': Buffer.alloc(5 << 20),
      long: 'x'.repeat(5000),
    }),
  );
});

/** A release's manifest, as far as a site looks at it. */
function release(arch: 'x86_64' | 'arm64', cnis: readonly string[]): string {
  const manifest = makeManifest({
    definition: { name: 'kiln', version: '1.0.0', arch, board: 'uefi', variant: 'production' },
    epoch: 0,
    rootfs: { rootHash: '0'.repeat(64), imageBytes: 1, hashTreeBytes: 1 },
    boot: { kernelRelease: '6.12', cmdline: 'ro', initrdBytes: 1 },
    table: { diskUuid: '', diskBytes: 1, partitions: [] },
    cnis,
    outputs: [],
    inputs: {
      ...{ kiln: { version: '0', sha256: '' }, definition: [], completed: '', lock: '' },
      ...{ packages: [], overlays: [], k0s: { kind: 'stand-in', version: '', sha256: '' } },
      toolbox: { identity: '', tools: [] },
    },
  });
  return manifestText(manifest);
}

const CNIS = [
  ...['kube-proxy', 'kube-proxy/iptables', 'kube-router'],
  ...['calico', 'calico/vxlan', 'calico/iptables', 'cilium', 'cilium/vxlan'],
];

test('the image has what the network needs, and the site knows which image', async (t) => {
  const site = await siteOf(t, {
    'site.yaml': siteWith('image: { release: out/arm }\nnetwork: { cni: calico, ntp: [a.b] }'),
    'out/arm/manifest.json': release('arm64', CNIS),
  });
  t.deepEqual(Object.keys(site.releases), ['arm64']);
  t.deepEqual([...new Set(site.nodes.map(({ arch }) => arch))], ['arm64']);
});

const uncovered = test.macro({
  async exec(t, network: string, image = 'release: out') {
    const lines = `image: { ${image} }\nnetwork: { ${network}, ntp: [a.b] }\n`;
    const old = JSON.parse(release('x86_64', []));
    t.snapshot(
      await siteFindings(t, {
        'site.yaml': siteWith(lines),
        'out/manifest.json': release('x86_64', CNIS),
        'old/manifest.json': JSON.stringify({ ...old, cnis: undefined }),
        'broken/manifest.json': '{}',
      }),
    );
  },
  title: (title = '') => title,
});

test('refused: a CNI that the image does not have everything for', uncovered, 'cni: flannel');
test(
  'refused: modes and options that it does not',
  uncovered,
  'cni: { calico: { mode: bird, wireguard: true, ebpf: true } }, kube-proxy: ipvs',
);
test(
  "refused: Cilium's options that it does not",
  uncovered,
  'cni: { cilium: { encryption: wireguard, routing: native } }',
);
test('refused: a kube-proxy that it does not', uncovered, 'kube-proxy: nftables');
test('refused: a release for another machine', uncovered, 'cni: calico', 'release: { arm64: out }');
test('refused: a release that is damaged', uncovered, 'cni: calico', 'release: broken');
test(
  'refused: a node for which there is no release',
  uncovered,
  'cni: calico',
  'arch: arm64, release: { x86_64: out }',
);
test('warned: a release of which it is not known', uncovered, 'cni: flannel', 'release: old');
test(
  'refused: options of a CNI that it does not have',
  uncovered,
  'cni: { calico: { modus: vxlan, mode: tunnel }, cilium: {} }',
);
