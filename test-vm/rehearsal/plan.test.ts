import test from 'ava';
import { PLAIN_OPTIONS } from '../../builder/testing/rehearsal-fixture.ts';
import {
  card,
  FOUR_NODES,
  firstController,
  site,
  siteNode,
} from '../../builder/testing/site-fixture.ts';
import { parseCut, parseNames, parseOrder, type RehearsalOptions } from './options.ts';
import { type HostFacts, planRehearsal } from './plan.ts';

const SLOW: HostFacts = { cores: 2, isEmulated: () => true };

function planOf(options: Partial<RehearsalOptions> = {}, nodes = FOUR_NODES, more = {}) {
  return planRehearsal(site(nodes, more), { ...PLAIN_OPTIONS, ...options }, 'out/plant7', SLOW);
}

test('a site with nothing special', (t) => {
  t.snapshot(planOf());
});

test('a single node has two processors, SQLite and the whole host', (t) => {
  const node = siteNode('solo', 'single', 11, { bootstrap: true });
  const plan = planOf({}, [node], { storage: { kind: 'sqlite' } });
  t.like(plan.nodes[0], { cpus: 2, memoryMiB: 2048 });
  t.deepEqual(plan.goal, {
    workers: ['solo'],
    etcdMembers: undefined,
    api: { host: '10.0.0.11', port: 6443, isVirtual: false },
  });
});

test('orders: backward, by names, and by chance that is the same for the same seed', (t) => {
  const ordered = (text: string) => planOf({ order: parseOrder(text)! }).order;
  t.deepEqual(ordered('reverse'), ['w1', 'c3', 'c2', 'c1']);
  t.deepEqual(ordered('c3,w1'), ['c3', 'w1', 'c1', 'c2']);
  t.deepEqual(ordered('random:1'), ordered('random:1'));
  t.not(`${ordered('random:1')}`, `${ordered('random:5')}`);
  t.deepEqual(ordered('random:1').toSorted(), ['c1', 'c2', 'c3', 'w1']);
});

test('what options say in words', (t) => {
  t.is(parseOrder('random:'), undefined);
  t.is(parseOrder('a,,b'), undefined);
  t.deepEqual(parseNames('a, b'), ['a', 'b']);
  t.is(parseNames('A'), undefined);
  t.deepEqual(parseCut('c1'), { node: 'c1' });
  t.deepEqual(parseCut('c1@90'), { node: 'c1', afterSeconds: 90 });
  t.is(parseCut('c1@'), undefined);
});

test('nodes that take no part, and nodes that stay off and are missed', (t) => {
  const alone = planOf({ only: ['c1', 'w1'] });
  t.deepEqual(alone.order, ['c1', 'w1']);
  t.deepEqual(alone.goal.etcdMembers, ['10.0.0.11']);
  const without = planOf({ without: ['c3'] });
  t.deepEqual(without.order, ['c1', 'c2', 'w1']);
  t.deepEqual(without.goal.etcdMembers, ['10.0.0.11', '10.0.0.12', '10.0.0.13']);
  t.deepEqual(
    without.nodes.map(({ staysOff }) => staysOff),
    [false, false, true, false],
  );
});

test('options that do not fit the site are refused, each with what to do', (t) => {
  const bad: readonly Partial<RehearsalOptions>[] = [
    { only: ['c9'] },
    { without: ['c1', 'c2', 'c3', 'w1'] },
    { only: ['c1'], without: ['w1'] },
    { cuts: [{ node: 'w2' }] },
    { without: ['w1'], cuts: [{ node: 'w1' }] },
    { order: { kind: 'names', names: ['c1', 'c4'] } },
    { isOneByOne: true, order: { kind: 'reverse' } },
  ];
  for (const options of bad) {
    const error = t.throws(() => planOf(options), { name: 'KilnError' });
    t.snapshot(error && { message: error.message, hint: Reflect.get(error, 'hint') });
  }
});

test('a virtual address is where nodes reach the API', (t) => {
  const access = { kind: 'vip', address: '10.0.0.10/24', routerId: 51, nodeLocal: false } as const;
  const plan = planOf({}, FOUR_NODES, { api: { port: 6444, joinPort: 9443, sans: [], access } });
  t.deepEqual(plan.goal.api, { host: '10.0.0.10', port: 6444, isVirtual: true });
});

test('a load balancer or a database outside of the site cannot be rehearsed', (t) => {
  const api = { port: 6443, joinPort: 9443, sans: [] };
  const balancer = { ...api, access: { kind: 'balancer', address: '10.0.0.5' } } as const;
  t.throws(() => planOf({}, FOUR_NODES, { api: balancer }), { message: /load balancer 10.0.0.5/ });
  const storage = { kind: 'kine', source: 'mysql://x' } as const;
  t.throws(() => planOf({}, FOUR_NODES, { storage }), { message: /keeps its state in kine/ });
  t.notThrows(() => planOf({ isOnline: true }, FOUR_NODES, { storage }));
});

test('cards without an address get one that is always the same, and a bond is one link where it must', (t) => {
  const links = (mode: 'balance-rr' | 'active-backup') => [
    card('10.0.0.11', { name: 'a', addresses: [] }),
    { ...card('10.0.0.11', { name: 'b', addresses: [] }), mac: undefined },
    {
      ...card('10.0.0.11'),
      kind: 'bond' as const,
      name: 'bond0',
      members: ['a', 'b'],
      mode,
    },
  ];
  const cards = (mode: 'balance-rr' | 'active-backup') =>
    planOf({}, [firstController({ links: links(mode) as never })]).nodes[0]?.cards;
  t.snapshot(cards('balance-rr'));
  t.deepEqual(
    cards('active-backup')?.map(({ aggregate }) => aggregate),
    [undefined, undefined],
  );
});

test('time grows with nodes, delays and cuts', (t) => {
  const seconds = (options: Partial<RehearsalOptions>) => planOf(options).timeoutSeconds;
  t.is(seconds({}), 1500);
  t.is(seconds({ delaySeconds: 10 }), 1540);
  t.is(seconds({ cuts: [{ node: 'c1' }] }), 1800);
  t.is(seconds({ timeoutSeconds: 7 }), 7);
});
