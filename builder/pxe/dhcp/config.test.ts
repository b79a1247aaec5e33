import test from 'ava';
import { type DhcpInput, dhcpConfig } from './config.ts';

const INPUT: DhcpInput = {
  interface: 'eth0',
  address: '10.99.0.2',
  network: '10.99.0.0',
  base: 'http://10.99.0.2/',
  tftpRoot: '/tmp/tftp',
  leases: '/tmp/leases',
  user: { name: 'nobody', group: 'nogroup' },
};

test('beside a DHCP server that is there', (t) => {
  t.snapshot(dhcpConfig(INPUT));
});

test('as the only DHCP server', (t) => {
  t.snapshot(dhcpConfig({ ...INPUT, range: { first: '10.99.0.50', last: '10.99.0.99' } }));
});
