import test from 'ava';
import { type DhcpInput, dhcpConfig } from './dnsmasq.ts';
import { exampleDnsmasq } from './dnsmasq-example.ts';

const INPUT: DhcpInput = {
  interface: 'eth0',
  address: '10.99.0.2',
  network: '10.99.0.0',
  base: 'http://10.99.0.2/',
  hasBoards: false,
  tftpRoot: '/tmp/tftp',
  leases: '/tmp/leases',
  user: { name: 'nobody', group: 'nogroup' },
};

/** The lines that only the first text has. */
function difference(text: string, other: string): readonly string[] {
  const known = new Set(other.split('\n'));
  return text.split('\n').filter((line) => !known.has(line));
}

test('beside a DHCP server that is there', (t) => {
  t.snapshot(dhcpConfig(INPUT));
});

test('with files for Raspberry Pis, each way', (t) => {
  const input = { ...INPUT, hasBoards: true };
  t.snapshot(difference(dhcpConfig(input), dhcpConfig(INPUT)));
  const range = { first: '10.99.0.50', last: '10.99.0.99' };
  t.snapshot(difference(dhcpConfig({ ...input, range }), dhcpConfig({ ...INPUT, range })));
});

test('as the only DHCP server', (t) => {
  t.snapshot(dhcpConfig({ ...INPUT, range: { first: '10.99.0.50', last: '10.99.0.99' } }));
});

test('what a release has is for people to fill in', (t) => {
  t.snapshot(exampleDnsmasq('proxy', false));
  t.snapshot(difference(exampleDnsmasq('full', true), exampleDnsmasq('proxy', true)));
});
