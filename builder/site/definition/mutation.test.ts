import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { DiagnosticsError } from '../../report/format.ts';
import { Scratch } from '../../report/scratch.ts';
import { Seeded } from '../../testing/seeded.ts';
import { SSH_KEY } from '../../testing/site-files.ts';
import { usualCidr } from './links.ts';
import { readSite } from './load.ts';
import type { Site } from './site.ts';
import { siteAsYaml } from './written.ts';

const COUNT = process.env.KILN_SOAK === '1' ? 2000 : 200;

/** A site that has every key. */
const RICH = `site: plant7
include: [base.yaml]
image: { arch: x86_64 }
network:
  cni: { cilium: { kube-proxy-replacement: true, routing: native, encryption: wireguard, hubble: true, chart: c.tgz } }
  pods: [10.244.0.0/16, "fd01::/108"]
  services: [10.96.0.0/12, "fd02::/108"]
  domain: cluster.local
  kube-proxy: ipvs
  gateway: [10.0.0.1, "fd00::1"]
  dns: [10.0.0.1]
  search: [plant7.example]
  ntp: [time.plant7.example, 10.0.0.1]
  mtu: 1500
api: { vip: 10.0.0.10/24, router-id: 60, node-local: true, port: 6443, join-port: 9443, sans: [a.example, 10.0.0.9] }
storage: { external-etcd: { endpoints: ["https://10.0.0.5:2379"], prefix: plant7 } }
access: { ssh-keys: ["${SSH_KEY} me"] }
time-zone: Europe/Vienna
proxy: { http: "http://10.0.0.2:3128", https: "http://10.0.0.2:3128", no-proxy: [10.0.0.0/8] }
registries:
  docker.io: { mirrors: ["https://r.example"], skip-verify: true }
  "*": {}
profiles: { edge: { maxPods: 60 } }
manifests: { own: [m.yaml, more], other: m.yaml }
helm:
  repositories: { tools: "https://charts.example" }
  charts:
    - { name: one, namespace: tools, chart: tools/one, version: 1.2.3, values: { a: [1, ~, { b: c }] }, order: 3 }
    - { name: two, chart: c.tgz }
    - { name: three, chart: "oci://r.example/three", version: 1.2.3 }
config: { spec: { api: { extraArgs: { v: "2" } } } }
install: { wipe: false, then: poweroff }
cloud-config: { runcmd: [[echo, a]], write_files: [{ path: /etc/a, content: b }], timezone: UTC }
worker-tokens: shared
defaults:
  labels: { example.com/plant: "7" }
  taints: ["a=b:NoSchedule"]
  k0s-args: [--debug, --logging=etcd=info]
  kubelet-args: [--v=2]
  profile: edge
  install: { disk: smallest }
nodes:
  - { name: c1, role: controller, bootstrap: true, address: [10.0.0.11/24, "fd00::11/64"], mac: "52:54:00:00:00:11" }
  - { name: c2, role: controller, address: [10.0.0.12/24, "fd00::12/64"], serial: A-1, uuid: 4c4c4544-0042-3510-8052-b4c04f4a4e31, arch: arm64 }
  - name: c3
    role: controller+worker
    lan: lan
    interfaces:
      - { ethernet: a, mac: "52:54:00:00:02:01" }
      - { ethernet: b, mac: "52:54:00:00:02:02", lan: lan }
      - { bond: up, members: [a, b], mode: 802.3ad, mtu: 1500 }
      - { vlan: v1, id: 10, parent: up, address: [10.0.0.13/24, "fd00::13/64"], gateway: 10.0.0.1 }
      - { vlan: v2, id: 20, parent: up, dhcp: true, dhcp6: true, accept-ra: true }
      - { vlan: v3, id: 30, parent: up, address: 192.168.7.2/24, routes: [{ to: 192.168.0.0/16, via: 192.168.7.1 }] }
    labels: { example.com/gate: "yes" }
    ntp: [10.0.0.3]
    time-zone: UTC
    cloud-config: { runcmd: [] }
    install: { disk: { path: /dev/sda, serial: A1, model: M, size: ">=200G <1T", bus: nvme }, var: wipe }
  - { name: w0, role: worker }
groups:
  - name: "w[01-12]"
    address: ["10.0.0.[21-32]/24", "fd00::[21-2c]/64"]
    mac: "52:54:00:00:01:[00-0b]"
    serial: "S[1-12]"
    overrides: { w07: { labels: { example.com/disk: ssd }, mac: "52:54:00:00:01:ff" } }
  - { name: "x[1-3]", role: worker, interfaces: [{ ethernet: a, address: ["10.0.0.[41-43]/24", "fd00::[41-43]/64"] }] }
`;

const FILES: Readonly<Record<string, string | Buffer>> = {
  'base.yaml': 'network: { dns: [10.0.0.9] }\ndefaults: { labels: { a: b } }\n',
  'm.yaml': 'a: 1\n',
  'c.tgz': gzipSync('chart'),
  'more/n.yaml': 'b: 1\n',
};

/** What is put in the place of a word: values of every kind, and words that mean something somewhere. */
const WORDS: readonly string[] = [
  ...[
    '~',
    'true',
    '5',
    '-1',
    '1e9',
    '.nan',
    '[]',
    '{}',
    '""',
    '"-x"',
    '"a b"',
    '!!binary aGk=',
    '&a x',
    '*a',
  ],
  ...[
    '{ a: { b: [c] } }',
    '[[[[1]]]]',
    '"\\0"',
    '"\\n"',
    '"\\uD800"',
    "'",
    '"',
    '|',
    '<<',
    '__proto__',
    'constructor',
  ],
  ...[
    '10.0.0.11/24',
    '10.0.0.0/24',
    '0.0.0.0/0',
    '"::/0"',
    '"fd00::11/64"',
    '"52:54:00:00:00:11"',
    '10.244.0.0/16',
  ],
  ...[
    'worker',
    'controller',
    'single',
    'c1',
    'w01',
    '"w[1-9999999]"',
    '"w[1-99][1-99]"',
    '"10.0.[0-255].[1-255]/8"',
  ],
  ...[
    'a/../../b',
    'oci://x/y',
    'x.tgz',
    '.',
    '--config=/x',
    'none',
    'calico',
    'kine',
    'shared',
    'each',
    'bond',
    'vlan',
  ],
  ...[
    'x'.repeat(300),
    '9'.repeat(400),
    '🦀',
    'é',
    '2026-01-01',
    '0x10',
    '0o7',
    'null',
    'yes',
    '? a',
    '- a',
    'a: b',
  ],
];

const TOKEN = /[^\s,:[\]{}"]+|[,:[\]{}"]/g;

type Mutation = (text: string, random: Seeded) => string;

const MUTATIONS: readonly Mutation[] = [
  // A word is gone, twice there, or another one.
  (text, random) => onToken(text, random, () => ''),
  (text, random) => onToken(text, random, (token) => `${token} ${token}`),
  (text, random) => onToken(text, random, () => random.pick(WORDS)),
  (text, random) => onToken(text, random, () => random.pick(WORDS)),
  (text, random) => onToken(text, random, () => random.pick(text.match(TOKEN) ?? [''])),
  // A line is gone, twice there, somewhere else, or deeper.
  (text, random) => onLine(text, random, () => []),
  (text, random) => onLine(text, random, (line) => [line, line]),
  (text, random) => onLine(text, random, (line) => [random.pick(text.split('\n')), line]),
  (text, random) => onLine(text, random, (line) => [`  ${line}`]),
  (text, random) => onLine(text, random, (line) => [line.replace(/^ {2}/, '')]),
  // A character is gone, or another one; the end is cut off.
  (text, random) => onCharacter(text, random, ''),
  (text, random) =>
    onCharacter(text, random, random.pick([...'[]{},:-"\'#&*!|>%@`~\t\0\u2028\uFEFF0a/'])),
  (text, random) => text.slice(0, random.below(text.length)),
];

function onToken(text: string, random: Seeded, change: (token: string) => string): string {
  const tokens = [...text.matchAll(TOKEN)];
  const { 0: token, index } = random.pick(tokens);
  return text.slice(0, index) + change(token) + text.slice(index + token.length);
}

function onLine(text: string, random: Seeded, change: (line: string) => readonly string[]): string {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  return lines.toSpliced(at, 1, ...change(lines[at] ?? '')).join('\n');
}

function onCharacter(text: string, random: Seeded, by: string): string {
  const at = random.below(text.length);
  return text.slice(0, at) + by + text.slice(at + 1);
}

/** The rich site with one to three mutations; what it is made from follows from the number alone. */
function mutant(seed: number): string {
  const random = new Seeded(seed);
  let text = RICH;
  for (let rest = 1 + random.below(3); rest > 0 && text !== ''; rest--) {
    text = random.pick(MUTATIONS)(text, random);
  }
  return text;
}

async function writeFiles(directory: string): Promise<void> {
  await mkdir(join(directory, 'more'));
  for (const [name, content] of Object.entries(FILES))
    await writeFile(join(directory, name), content);
}

/** What those who get a site rely on, and this one does not keep. */
function brokenPromise({ nodes, cluster }: Site): string | undefined {
  const names = new Set(nodes.map(({ name }) => name));
  const addresses = nodes.flatMap(({ links }) => links.flatMap((link) => link.addresses));
  const macs = nodes.flatMap(({ links }) =>
    links.flatMap((link) => (link.kind === 'ethernet' ? (link.mac ?? []) : [])),
  );
  const ips = addresses.map((each) => each.split('/')[0]);
  const broken = Object.entries({
    'names are unique': names.size === nodes.length,
    'addresses are unique': new Set(ips).size === ips.length,
    'MAC addresses are unique': new Set(macs).size === macs.length,
    'all are in their usual form': addresses.every((each) => usualCidr(each) === each),
    'one node starts the cluster': nodes.filter(({ bootstrap }) => bootstrap).length === 1,
    'controllers have an address': nodes.every(
      ({ role, address }) => role === 'worker' || role === 'single' || address !== undefined,
    ),
    'families agree': cluster.pods.length === cluster.services.length,
  }).find(([, holds]) => !holds);
  return broken && `not so: ${broken[0]}`;
}

/** What is wrong with how a file was answered; undefined when nothing is. */
async function answerTo(path: string): Promise<'accepted' | 'refused' | string> {
  try {
    const { site, diagnostics } = await readSite(path);
    if (!site && diagnostics.length === 0) return 'it was refused without a reason';
    if (site && diagnostics.length > 0) return 'it was accepted with errors';
    if (!site) return diagnostics.some(({ at }) => at) ? 'refused' : 'no error has a position';
    siteAsYaml(site);
    return brokenPromise(site) ?? 'accepted';
  } catch (error) {
    if (error instanceof DiagnosticsError) return 'refused';
    return `${error instanceof Error ? error.stack : error}`;
  }
}

test('the site that is mutated is right, and has every key', async (t) => {
  await using scratch = await Scratch.create('mutation');
  await writeFiles(scratch.path);
  const path = join(scratch.path, 'site.yaml');
  await writeFile(path, RICH);
  const { diagnostics } = await readSite(path);
  t.deepEqual(
    diagnostics.map(({ message }) => message),
    [],
  );
});

test(`each of ${COUNT} mutated sites is accepted or refused with a position, and leaves nothing behind`, async (t) => {
  t.timeout(600_000);
  await using scratch = await Scratch.create('mutation');
  await writeFiles(scratch.path);
  const path = join(scratch.path, 'site.yaml');
  const bad: string[] = [];
  const counts = { accepted: 0, refused: 0 };
  for (let seed = 0; seed < COUNT; seed++) {
    await writeFile(path, mutant(seed));
    const answer = await answerTo(path);
    if (answer === 'accepted' || answer === 'refused') counts[answer] += 1;
    else bad.push(`${seed}: ${answer}`);
  }
  t.deepEqual(bad, []);
  t.log(`${counts.accepted} accepted, ${counts.refused} refused`);
  t.true(counts.accepted > 0 && counts.refused > 0);
  t.deepEqual((await readdir(scratch.path)).sort(), [
    'base.yaml',
    'c.tgz',
    'm.yaml',
    'more',
    'site.yaml',
  ]);
});
