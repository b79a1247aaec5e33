import { join } from 'node:path';
import test from 'ava';
import { completeKernel, lacking, TWO_CNIS } from '../../testing/cni-fixture.ts';
import { PROJECT_DIRECTORY } from '../definition/project.ts';
import { coverAll } from './cover-image.ts';
import { cover, type KernelFacts } from './coverage.ts';
import { coverageTable } from './coverage-table.ts';
import { demandsOf } from './demands.ts';
import { lacksOf } from './explain.ts';
import { parseKernelConfig } from './kernel-config.ts';
import { loadCniRequirements } from './requirements.ts';

const COMPLETE = completeKernel(TWO_CNIS);

function states(name: string, facts: KernelFacts): Readonly<Record<string, string>> {
  const { needs, wants } = cover(demandsOf(name, TWO_CNIS), facts);
  return Object.fromEntries([...needs, ...wants].map(({ text, state }) => [text, state.kind]));
}

test('a configuration has what is set, and nothing of what is not', (t) => {
  const text = `# CONFIG_OFF is not set
CONFIG_IN=y
CONFIG_MODULE=m
CONFIG_TEXT="a=b"
CONFIG_NUMBER=0x10
`;
  t.deepEqual(Object.fromEntries(parseKernelConfig(text)), {
    ...{ IN: 'y', MODULE: 'm', TEXT: '"a=b"', NUMBER: '0x10' },
  });
});

test('what is built in needs no module, what is a module must be in the image', (t) => {
  const builtin = {
    ...COMPLETE,
    config: new Map([...COMPLETE.config, ['VETH', 'y']]),
    inImage: new Set<string>(),
  };
  t.deepEqual(states('blue', builtin), { NAMESPACES: 'builtin', 'VETH=veth': 'builtin' });
  t.is(states('blue', COMPLETE)['VETH=veth'], 'module');
});

test('a module that was not chosen, one that the packages lack, and an option that is off are told apart', (t) => {
  const [unchosen, foreign, off] = [
    lacking(COMPLETE, { modules: ['vxlan'] }),
    { ...lacking(COMPLETE, { modules: ['vxlan'] }), inPackages: new Set<string>() },
    lacking(COMPLETE, { options: ['VXLAN'] }),
  ].map((facts) => states('blue/vxlan', facts)['VXLAN=vxlan']);
  t.deepEqual([unchosen, foreign, off], ['left-out', 'misnamed', 'unset']);
});

test('an option without a module only has to be set', (t) => {
  const helper = { ...COMPLETE, config: new Map([...COMPLETE.config, ['CRYPTO', 'm']]) };
  t.is(states('blue/wg', helper).CRYPTO, 'builtin');
  t.is(states('blue/wg', lacking(COMPLETE, { options: ['CRYPTO'] })).CRYPTO, 'unset');
});

test('one of several options is enough, and of none the nearest counts', (t) => {
  const speed = 'FAST_A=fast_a|FAST_B=fast_b';
  const of = (facts: KernelFacts) => states('blue/vxlan', facts)[speed];
  t.is(of(lacking(COMPLETE, { options: ['FAST_A'] })), 'module');
  t.is(of(lacking(COMPLETE, { modules: ['fast_b'], options: ['FAST_A'] })), 'left-out');
  t.is(of(lacking(COMPLETE, { options: ['FAST_A', 'FAST_B'] })), 'unset');
});

test('what is only wanted does not keep a CNI from being covered', (t) => {
  const facts = lacking(COMPLETE, { options: ['FAST_A', 'FAST_B'] });
  t.true(cover(demandsOf('blue/vxlan', TWO_CNIS), facts).isCovered);
});

test('a kernel that is too old covers nothing that needs a newer one', (t) => {
  const old = { ...COMPLETE, release: '5.15.3-amd64' };
  const covered = cover(demandsOf('blue/wg', TWO_CNIS), old);
  t.false(covered.isCovered);
  t.is(covered.newerKernel, '6.1');
  t.deepEqual(lacksOf(covered), [
    { cause: 'the kernel is older than 6.1', purpose: 'the whole of it' },
  ]);
  t.true(cover(demandsOf('blue/vxlan', TWO_CNIS), old).isCovered);
});

test('the table counts, and says what is missing and what that costs', (t) => {
  const facts = lacking(COMPLETE, {
    modules: ['wireguard', 'fast_b'],
    options: ['FAST_A', 'LEGACY', 'OLD'],
  });
  t.snapshot(coverageTable(coverAll(TWO_CNIS, facts), facts.release));
});

test("what each of the project's CNIs and modes asks for", async (t) => {
  const requirements = await loadCniRequirements(join(PROJECT_DIRECTORY, 'images', 'cni.yaml'));
  const facts = completeKernel(requirements);
  t.snapshot(coverageTable(coverAll(requirements, facts), facts.release));
});

test('each option that a CNI needs is missed when it is off', async (t) => {
  const requirements = await loadCniRequirements(join(PROJECT_DIRECTORY, 'images', 'cni.yaml'));
  const facts = completeKernel(requirements);
  const uncovered = (option: string) =>
    coverAll(requirements, lacking(facts, { options: [option] }))
      .filter(({ isCovered }) => !isCovered)
      .map(({ name }) => name);
  t.deepEqual(uncovered('WIREGUARD'), [
    'flannel/wireguard',
    'calico/wireguard',
    'cilium/wireguard',
  ]);
  t.deepEqual(uncovered('GENEVE'), ['cilium/geneve']);
  t.deepEqual(uncovered('INET_ESP'), ['flannel/ipsec', 'cilium/ipsec']);
  t.deepEqual(uncovered('NFT_NUMGEN'), [
    ...['kube-proxy/nftables', 'flannel/nftables', 'calico/nftables', 'kube-router/nftables'],
  ]);
  t.is(uncovered('VETH').length, coverAll(requirements, facts).length);
  t.deepEqual(uncovered('IP_NF_FILTER'), []);
});
