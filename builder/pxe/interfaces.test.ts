import type { NetworkInterfaceInfo } from 'node:os';
import test from 'ava';
import { KilnError } from '../report/errors.ts';
import { choosePlace } from './interfaces.ts';

function ipv4(address: string, netmask: string, internal = false): NetworkInterfaceInfo {
  return { family: 'IPv4', address, netmask, internal, mac: '', cidr: null };
}

const LO = [ipv4('127.0.0.1', '255.0.0.0', true)];
const ETH0 = [ipv4('10.9.5.77', '255.255.252.0')];

test('the only interface that leads anywhere is the one', (t) => {
  t.deepEqual(choosePlace({ lo: LO, eth0: ETH0 }, undefined), {
    interface: 'eth0',
    address: '10.9.5.77',
    network: '10.9.4.0',
  });
});

test('of several the named one is taken', (t) => {
  const wlan0 = [ipv4('192.168.1.5', '255.255.255.0')];
  t.is(choosePlace({ lo: LO, eth0: ETH0, wlan0 }, 'wlan0').network, '192.168.1.0');
});

const refused = test.macro(
  (t, interfaces: Parameters<typeof choosePlace>[0], wanted: string | undefined) => {
    const error = t.throws(() => choosePlace(interfaces, wanted), { instanceOf: KilnError });
    t.snapshot([error?.message, error?.hint]);
  },
);

test('no network', refused, { lo: LO }, undefined);
test('two networks', refused, { lo: LO, eth0: ETH0, eth1: ETH0 }, undefined);
test('an interface that is not there', refused, { lo: LO, eth0: ETH0 }, 'eth9');
test('an interface without an address, on a machine without one', refused, { eth0: [] }, 'eth0');
