import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { PROJECT_DIRECTORY } from '../../image/definition/project.ts';
import { SITE_CASES } from '../../testing/site-cases.ts';
import { FOUR_NODES, site, siteNode } from '../../testing/site-fixture.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import { run } from '../../tools/run.ts';
import type { ApiAccess, Cni, Site, Storage } from '../definition/site.ts';
import { completeSecrets, makeSecrets } from '../secrets/complete.ts';
import { MACHINE_ENTROPY } from '../secrets/entropy.ts';
import { nodeFilesOf } from './node-files-of.ts';

// The Python that a box looks at its seed with, and the one of the stand-in that knows what k0s takes.
const PYTHON_PATH = [
  'overlays/base/usr/lib/python3/dist-packages',
  'test-vm/k0s-standin',
  'test-vm/box',
];

const TOOLBOX = testToolbox();
const SECRETS = makeSecrets(site([]), { now: new Date(), entropy: MACHINE_ENTROPY });

test('a box finds nothing wrong with any seed, and k0s nothing with any configuration', async (t) => {
  await accepted(t, Object.entries(SITE_CASES));
});

test('every CNI goes with every way to reach the API and every storage', async (t) => {
  const sites = CNIS.flatMap((cni) =>
    ACCESSES.flatMap((access) => STORAGES.map((storage) => combined(cni, access, storage))),
  );
  t.is(sites.length, 160);
  await accepted(
    t,
    sites.map((each, index) => [`site ${index}`, each] as const),
  );
});

test('every CNI goes with two families, but for the modes of Calico that k0s refuses', async (t) => {
  const plain = SITE_CASES['two families'] ?? site([]);
  const sites = CNIS.filter((cni) => cni.kind !== 'calico' || cni.mode !== 'vxlan').map(
    (cni): Site => ({ ...plain, cluster: { ...plain.cluster, cni } }),
  );
  t.is(sites.length, 7);
  await accepted(
    t,
    sites.map((each, index) => [`site ${index}`, each] as const),
  );
});

test('the box would have found a mistake', async (t) => {
  const config = { spec: { network: { provider: 'flannel' } } };
  const wrong = site([siteNode('box', 'single', 11)], { config });
  const { stdout, exitCode } = await examined([['wrong', wrong]]);
  t.is(exitCode, 1);
  t.regex(stdout, /wrong box: k0s config validate: spec.network.provider: Unsupported value/);
});

const CHART = { kind: 'oci', reference: 'registry.example/charts/cni', version: '1.0.0' } as const;
const CALICO = { kind: 'calico', overlay: 'Always', wireguard: true } as const;
const CILIUM = { kind: 'cilium', hubble: true, chart: CHART } as const;

const CNIS: readonly Cni[] = [
  { kind: 'kuberouter' },
  { ...CALICO, mode: 'vxlan', ebpf: false },
  { ...CALICO, mode: 'ipip', ebpf: false },
  { ...CALICO, mode: 'bird', ebpf: true },
  { ...CILIUM, kubeProxyReplacement: true, routing: 'vxlan', encryption: 'none' },
  { ...CILIUM, kubeProxyReplacement: false, routing: 'native', encryption: 'wireguard' },
  { kind: 'flannel', backend: 'host-gw', chart: CHART },
  { kind: 'none' },
];

const ACCESSES: readonly ApiAccess[] = [
  { kind: 'direct' },
  { kind: 'vip', address: '10.0.0.10/24', routerId: 255, nodeLocal: false },
  { kind: 'vip', address: '10.0.0.10/24', routerId: 1, nodeLocal: true },
  { kind: 'balancer', address: '10.0.0.9' },
  { kind: 'node-local' },
];

const STORAGES: readonly Storage[] = [
  { kind: 'etcd' },
  { kind: 'external-etcd', endpoints: ['http://10.0.0.5:2379'], prefix: 'plant7' },
  {
    kind: 'external-etcd',
    endpoints: ['https://10.0.0.5:2379'],
    prefix: 'plant7',
    tls: { ca: 'ca\n', certificate: 'certificate\n', key: 'key\n' },
  },
  { kind: 'kine', source: 'mysql://k0s:pass@tcp(10.0.0.5:3306)/k0s' },
];

function combined(cni: Cni, access: ApiAccess, storage: Storage): Site {
  const plain = site(FOUR_NODES, { storage });
  return {
    ...plain,
    cluster: { ...plain.cluster, cni },
    api: { ...plain.api, access },
  };
}

async function accepted(
  t: ExecutionContext,
  sites: readonly (readonly [string, Site])[],
): Promise<void> {
  t.timeout(5 * 60_000);
  const { stdout, stderr, exitCode } = await examined(sites);
  t.is(stdout.trim(), '');
  t.is(exitCode, 0, stderr);
}

async function examined(sites: readonly (readonly [string, Site])[]) {
  const toolbox = await TOOLBOX;
  const secrets = await SECRETS;
  const seeds = sites.flatMap(([name, each]) => {
    const make = nodeFilesOf(each, completeSecrets(each, secrets, MACHINE_ENTROPY).secrets);
    return each.nodes.map((node) => ({ name: `${name} ${node.name}`, files: make(node).files }));
  });
  const script = join(PROJECT_DIRECTORY, 'test-vm/box/examine_seeds.py');
  return await run([...toolbox.command('python3.13'), script], {
    env: {
      ...toolbox.env,
      LC_ALL: 'C.UTF-8',
      PYTHONPATH: PYTHON_PATH.map((path) => join(PROJECT_DIRECTORY, path)).join(':'),
    },
    input: Buffer.from(JSON.stringify(seeds)),
    okExitCodes: [0, 1],
  });
}
