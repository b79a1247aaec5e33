import test from 'ava';
import type { Link, Site, SiteNode } from '../../builder/site/definition/site.ts';
import { card, FOUR_NODES, site, siteNode } from '../../builder/testing/site-fixture.ts';
import { forwardCommand, gatewayArgs } from './gateway-args.ts';
import { gatewaysOf } from './gateways.ts';

function gateways(nodes: readonly SiteNode[], more: Partial<Site> = {}) {
  return gatewaysOf(site(nodes, more), nodes);
}

function nodeWith(...links: readonly Link[]): SiteNode {
  return siteNode('n1', 'worker', 21, { links });
}

const DHCP = { addresses: [], dhcp4: true, gateways: [] };

test('the gateway that nodes have is QEMU, and what it needs besides is nobody’s', (t) => {
  t.deepEqual(gateways(FOUR_NODES), [
    {
      id: 'gw0',
      lan: 'lan',
      vlan: undefined,
      ipv4: {
        network: '10.0.0.0/24',
        host: '10.0.0.1',
        dns: '10.0.0.254',
        dhcpStart: '10.0.0.253',
      },
    },
  ]);
});

test('a name server of the site in the network is answered for; the last addresses may be taken', (t) => {
  const nodes = [
    siteNode('n1', 'worker', 254, { dns: ['9.9.9.9', '10.0.0.2'] }),
    siteNode('n2', 'worker', 253),
  ];
  const access = { kind: 'vip', address: '10.0.0.252/24', routerId: 1, nodeLocal: false } as const;
  const api = { port: 6443, joinPort: 9443, sans: [], access };
  t.like(gateways(nodes, { api })[0]?.ipv4, { dns: '10.0.0.2', dhcpStart: '10.0.0.251' });
});

test('a gateway that is a node of the site stays that node', (t) => {
  const nodes = [siteNode('router', 'worker', 1), siteNode('n1', 'worker', 21)];
  t.is(gateways(nodes)[0]?.ipv4?.host, '10.0.0.254');
});

test('VLANs on a bond, a second LAN and IPv6 have gateways of their own', (t) => {
  const plain = { ...card('10.0.0.1', DHCP), dhcp4: false };
  const nodes = [
    nodeWith(
      { ...plain, name: 'a', lan: 'east' },
      { ...plain, name: 'b', lan: 'east' },
      { ...plain, kind: 'bond', name: 'bond0', members: ['a', 'b'], mode: 'active-backup' },
      { ...plain, kind: 'vlan', name: 'site', id: 7, parent: 'bond0', addresses: ['10.7.0.21/24'] },
      { ...card('10.9.0.21'), name: 'c', lan: 'west', gateways: [] },
      {
        ...plain,
        kind: 'vlan',
        name: 'six',
        id: 8,
        parent: 'c',
        addresses: ['fd00:8::21/64'],
        gateways: ['fd00:8::1'],
      },
    ),
  ];
  t.snapshot(gateways(nodes));
});

test('where all nodes ask DHCP the network is one that nothing else is in', (t) => {
  const pods: Site['cluster']['pods'] = ['10.0.0.0/16'];
  const { cluster } = site([]);
  const [found] = gateways([nodeWith(card('10.0.0.1', DHCP))], { cluster: { ...cluster, pods } });
  t.is(found?.ipv4?.network, '192.168.76.0/24');
});

test('DHCP gives as many addresses in a row as nodes ask for', (t) => {
  const nodes = [
    siteNode('n1', 'worker', 252),
    ...['a', 'b', 'c'].map((name) =>
      siteNode(name, 'worker', 1, { links: [card('10.0.0.1', DHCP)] }),
    ),
  ];
  t.is(gateways(nodes)[0]?.ipv4?.dhcpStart, '10.0.0.249');
  const crowd = Array.from({ length: 17 }, () => nodeWith(card('10.0.0.1', DHCP)));
  t.throws(() => gateways(crowd), { message: /17 links in the LAN lan ask DHCP/ });
});

test('a network that is too small has no gateway', (t) => {
  t.deepEqual(gateways([nodeWith(card('10.0.0.1', { addresses: ['10.0.0.1/30'] }))]), []);
});

test("QEMU's arguments as gateways, cut off and online", (t) => {
  const found = gateways([
    siteNode('n1', 'worker', 21),
    nodeWith(
      {
        ...card('10.0.0.1', { addresses: [], gateways: [] }),
        kind: 'vlan',
        name: 'v',
        id: 8,
        parent: 'lan',
        addresses: ['fd00:8::21/64'],
      },
      card('10.0.0.22'),
    ),
  ]);
  const plugged = found.map((gateway) => ({ gateway, socket: `/lans/${gateway.id},1` }));
  t.snapshot(gatewayArgs(plugged, '/monitor', false));
  t.true(gatewayArgs(plugged, '/monitor', true).some((arg) => arg.endsWith(',restrict=off')));
  t.is(
    forwardCommand(found[0]!, 40_000, { address: '10.0.0.21', port: 22 }),
    'hostfwd_add gw0 tcp:127.0.0.1:40000-10.0.0.21:22',
  );
});
