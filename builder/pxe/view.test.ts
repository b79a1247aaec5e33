import test from 'ava';
import { Clients } from './clients.ts';
import { clientLine, clientTable } from './view.ts';

const NAMES = new Map([['52:54:00:00:00:11', 'c1']]);
const nameOf = (mac: string) => NAMES.get(mac);

test('machines are shown in the order in which they came, unknown ones with their MAC', (t) => {
  const clients = new Clients();
  t.is(clientTable(clients.all, nameOf), 'No machine has asked yet.\n');
  clients.see({ mac: '52:54:00:00:00:11', stage: { kind: 'asks' } });
  clients.see({
    ...{ mac: '52:54:00:00:00:99', address: '10.0.0.50' },
    stage: { kind: 'refused', reason: 'no node of the site has its MAC or serial number' },
  });
  clients.see({ address: '10.0.9.1', stage: { kind: 'root', percent: 40 } });
  clients.see({ mac: '52:54:00:00:00:11', address: '10.0.0.11', stage: { kind: 'kernel' } });
  t.snapshot(clientTable(clients.all, nameOf));
  t.snapshot(clients.all.map((client) => clientLine(client, nameOf)).join(''));
});

test('for a machine that is no node the line for the site file is shown, once it has said who it is', (t) => {
  const clients = new Clients();
  const plate = { serial: 'SN-1', uuid: '4c4c4544-0042-3510-8052-b4c04f4a4e31' };
  const stage = { kind: 'boot script' } as const;
  clients.see({ mac: '52:54:00:00:00:11', plate, stage });
  clients.see({ mac: '52:54:00:00:00:98', plate: { serial: '', uuid: '' }, stage });
  clients.see({ mac: '52:54:00:00:00:99', plate, stage });
  clients.see({ mac: '52:54:00:00:00:99', stage: { kind: 'kernel' } });
  t.snapshot(clientTable(clients.all, nameOf));
});

test('a machine that is seen by its address alone is the one with that address', (t) => {
  const clients = new Clients();
  clients.see({ mac: '52:54:00:00:00:11', address: '10.0.0.11', stage: { kind: 'asks' } });
  clients.see({ address: '10.0.0.11', stage: { kind: 'boot loader' } });
  t.deepEqual(clients.all, [
    { id: '52:54:00:00:00:11', address: '10.0.0.11', stage: { kind: 'boot loader' } },
  ]);
});

test('an installation is shown from its files to the start from the disk', (t) => {
  const mac = '52:54:00:00:00:11';
  const way = ['installer files', 'installing', 'installed', 'from disk'] as const;
  const clients = new Clients();
  const lines = way.map((kind) => {
    const client = clients.see({ mac, stage: { kind } });
    return client === undefined ? 'no news' : clientLine(client, nameOf);
  });
  t.snapshot(lines.join(''));
});

test('only another stage is news', (t) => {
  const clients = new Clients();
  const sighting = { mac: '52:54:00:00:00:11', stage: { kind: 'kernel' } } as const;
  t.is(clients.see(sighting)?.stage.kind, 'kernel');
  t.is(clients.see(sighting), undefined);
  t.is(clients.see({ stage: { kind: 'kernel' } }), undefined);
});

test('strangers without end take no memory without end', (t) => {
  const clients = new Clients();
  for (let n = 0; n < 5000; n++) clients.see({ address: `stranger ${n}`, stage: { kind: 'asks' } });
  t.is(clients.all.length, 4096);
  t.is(clients.all.at(-1)?.id, 'stranger 4999');
  t.regex(clientTable(clients.all, nameOf), /and 4036 before them\n$/);
});
