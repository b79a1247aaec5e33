import test from 'ava';
import { parseMachineQuery, parseSeedPath } from './address.ts';
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
const THIRD = '52:54:00:00:00:98';
const UUID = '4c4c4544-0042-3510-8052-b4c04f4a4e31';

interface Ask extends Partial<SeedRequest> {
  readonly mac?: string;
  readonly serial?: string;
  readonly uuid?: string;
}

function ask(change: Ask = {}): SeedRequest {
  const { mac = MAC, serial = '', uuid = '', ...rest } = change;
  return { file: 'meta-data', claimed: { mac, serial, uuid }, seen: mac, ...rest };
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
  keeper.openWindow(THIRD, 0);
  t.regex(reason(keeper.answer(ask({ mac: THIRD, serial: 'ABC-1' }), 0)), /another machine is w1/);
  keeper.openWindow(OTHER, 1);
  t.is(keeper.answer(ask({ mac: OTHER, serial: 'ABC-1' }), 1).kind, 'given');
});

test('a file that seeds do not have is missing, and no secret is in a reason', (t) => {
  const keeper = new SeedKeeper([C1]);
  keeper.openWindow(MAC, 0);
  t.is(keeper.answer(ask({ file: 'vendor-data' }), 0).kind, 'missing');
  t.is(keeper.answer(ask({ file: 'toString' }), 0).kind, 'missing');
});

test('a node is known by all of its plate that the site file has, and only by that', (t) => {
  const both: NodeSeed = { ...W1, uuid: UUID };
  const keeper = new SeedKeeper([C1, both, { ...W1, name: 'w2', serial: 'S-2' }]);
  keeper.openWindow(OTHER, 0);
  const kind = (plate: Ask) => keeper.answer(ask({ mac: OTHER, ...plate }), 0).kind;
  t.is(kind({ serial: 'ABC-1' }), 'refused');
  t.is(kind({ uuid: UUID }), 'refused');
  t.is(kind({ serial: 'ABC-2', uuid: UUID }), 'refused');
  t.is(kind({}), 'refused');
  const plate = { serial: 'ABC-1', uuid: UUID };
  t.is(keeper.whoIs(OTHER, { mac: OTHER, ...plate })?.name, 'w1');
  t.is(keeper.whoIs(undefined, { mac: OTHER, ...plate }), undefined);
  t.is(keeper.whoIs(MAC, { mac: OTHER, ...plate }), undefined);
  t.is(kind(plate), 'given');
  t.is(keeper.whoIs(THIRD, { mac: THIRD, ...plate }), undefined);
});

test('what a machine says of itself is read from its requests, and only what a plate can say', (t) => {
  const mac = '52:54:00:ab:00:01';
  t.deepEqual(parseSeedPath(`seed/52:54:00:AB:00:01/u-${UUID.toUpperCase()}/s-S-1/meta-data`), {
    ...{ mac, serial: 'S-1', uuid: UUID, file: 'meta-data' },
  });
  t.deepEqual(parseSeedPath('seed/52:54:00:ab:00:01/u-/s-/user-data'), {
    ...{ mac, serial: '', uuid: '', file: 'user-data' },
  });
  t.is(parseSeedPath('seed/52:54:00:ab:00:01/u-x/s-\u001b[2J/f')?.serial, '');
  t.is(parseSeedPath('boot.ipxe'), undefined);
  const query = `mac=52:54:00:AB:00:01&uuid=${UUID}&serial=S%2B1`;
  t.deepEqual(parseMachineQuery(`/machine.ipxe?${query}`), { mac, uuid: UUID, serial: 'S+1' });
  t.deepEqual(parseMachineQuery('/machine.ipxe'), { mac: '', uuid: '', serial: '' });
});
