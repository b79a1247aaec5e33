import test from 'ava';
import { parseSeedPath } from './address.ts';
import { type NodeSeed, type SeedAnswer, SeedKeeper, type SeedRequest } from './keeper.ts';

const C1: NodeSeed = {
  name: 'c1',
  macs: ['52:54:00:00:00:01', '52:54:00:00:01:01'],
  files: { 'meta-data': 'secret of c1', 'user-data': '#cloud-config' },
};
const W1: NodeSeed = {
  name: 'w1',
  macs: [],
  serial: 'ABC-1',
  files: { 'meta-data': 'secret of w1' },
};
const HALF_HOUR = 30 * 60_000;
const MAC = '52:54:00:00:00:01';
const OTHER = '52:54:00:00:00:99';

function ask(
  change: Partial<SeedRequest> & { readonly mac?: string; readonly serial?: string } = {},
) {
  const { mac = MAC, serial = '', ...rest } = change;
  return { file: 'meta-data', claimed: { mac, serial }, seen: mac, ...rest };
}

const reason = (answer: SeedAnswer): string =>
  answer.kind === 'refused' ? answer.reason : answer.kind;

test('a machine gets its seed after its kernel, each file once, and again when it starts again', (t) => {
  const keeper = new SeedKeeper([C1, W1]);
  t.regex(reason(keeper.answer(ask(), 0)), /has not got its kernel/);
  keeper.openWindow(MAC, 0);
  t.deepEqual(keeper.answer(ask(), 1), { kind: 'given', node: 'c1', text: 'secret of c1' });
  t.is(keeper.answer(ask({ file: 'user-data' }), 1).kind, 'given');
  t.regex(reason(keeper.answer(ask(), 2)), /has had its meta-data/);
  keeper.openWindow(MAC, 3);
  t.is(keeper.answer(ask(), 4).kind, 'given');
});

test('a file that did not arrive is given again', (t) => {
  const keeper = new SeedKeeper([C1]);
  keeper.openWindow(MAC, 0);
  t.is(keeper.answer(ask(), 0).kind, 'given');
  keeper.takeBack(ask());
  t.is(keeper.answer(ask(), 0).kind, 'given');
});

test('the window closes', (t) => {
  const keeper = new SeedKeeper([C1]);
  keeper.openWindow(MAC, 0);
  t.regex(reason(keeper.answer(ask(), HALF_HOUR + 1)), /half hour/);
});

test('any card of a node is the node', (t) => {
  const keeper = new SeedKeeper([C1]);
  const mac = '52:54:00:00:01:01';
  keeper.openWindow(mac, 0);
  t.is(keeper.answer(ask({ mac }), 0).kind, 'given');
  t.is(keeper.nameOf(mac), 'c1');
  t.is(keeper.nameOf(OTHER), undefined);
});

test('who says that it is another machine gets nothing, whatever it says', (t) => {
  const keeper = new SeedKeeper([C1, W1]);
  keeper.openWindow(MAC, 0);
  keeper.openWindow(OTHER, 0);
  t.regex(reason(keeper.answer(ask({ seen: OTHER }), 0)), /says that it is 52:54:00:00:00:01/);
  t.regex(reason(keeper.answer(ask({ mac: OTHER }), 0)), /no node of the site/);
  t.regex(reason(keeper.answer(ask({ mac: '', seen: OTHER }), 0)), /nobody/);
  t.regex(reason(keeper.answer({ ...ask(), seen: undefined }, 0)), /ARP/);
  t.is(reason(keeper.answer(ask(), 0)), 'given');
});

test('the serial number of a node that has a MAC counts for nothing', (t) => {
  const keeper = new SeedKeeper([{ ...C1, serial: 'XYZ' }]);
  keeper.openWindow(OTHER, 0);
  t.regex(reason(keeper.answer(ask({ mac: OTHER, serial: 'XYZ' }), 0)), /no node/);
});

test('a serial number belongs to the first machine that has it', (t) => {
  const keeper = new SeedKeeper([C1, W1]);
  keeper.openWindow(OTHER, 0);
  t.is(keeper.answer(ask({ mac: OTHER, serial: 'ABC-1' }), 0).kind, 'given');
  t.is(keeper.nameOf(OTHER), 'w1');
  const third = '52:54:00:00:00:98';
  keeper.openWindow(third, 0);
  t.regex(reason(keeper.answer(ask({ mac: third, serial: 'ABC-1' }), 0)), /another machine is w1/);
  keeper.openWindow(OTHER, 1);
  t.is(keeper.answer(ask({ mac: OTHER, serial: 'ABC-1' }), 1).kind, 'given');
});

test('a file that seeds do not have is missing, and no secret is in a reason', (t) => {
  const keeper = new SeedKeeper([C1]);
  keeper.openWindow(MAC, 0);
  t.is(keeper.answer(ask({ file: 'vendor-data' }), 0).kind, 'missing');
  t.is(keeper.answer(ask({ file: 'toString' }), 0).kind, 'missing');
});

test('the path of a seed says who asks, with or without a serial number', (t) => {
  t.deepEqual(parseSeedPath('seed/52:54:00:AB:00:01/S-1/meta-data'), {
    ...{ mac: '52:54:00:ab:00:01', serial: 'S-1', file: 'meta-data' },
  });
  t.deepEqual(parseSeedPath('seed/52:54:00:ab:00:01/user-data'), {
    ...{ mac: '52:54:00:ab:00:01', serial: '', file: 'user-data' },
  });
  t.is(parseSeedPath('seed/a/b/c/d')?.file, '');
  t.is(parseSeedPath('boot.ipxe'), undefined);
});
