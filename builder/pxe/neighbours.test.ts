import test from 'ava';
import { parseArp, plainAddress } from './neighbours.ts';

const HEADING = 'IP address       HW type     Flags       HW address            Mask     Device\n';

test('the ARP table tells who is behind an address', (t) => {
  const text = `${HEADING}10.0.0.21        0x1         0x2         52:54:00:AB:00:21     *        eth0
10.0.0.22        0x1         0x6         52:54:00:ab:00:22     *        eth0\n`;
  t.deepEqual(
    [...parseArp(text)],
    [
      ['10.0.0.21', '52:54:00:ab:00:21'],
      ['10.0.0.22', '52:54:00:ab:00:22'],
    ],
  );
});

test('what was not answered, has no hardware address, or is there twice is nobody', (t) => {
  const text = `${HEADING}10.0.0.1  0x1  0x0  00:00:00:00:00:00  *  eth0
10.0.0.2  0x1  0x2  <incomplete>  *  eth0
10.0.0.3  0x1  0x2  52:54:00:00:00:03  *  eth0
10.0.0.3  0x1  0x2  52:54:00:00:00:04  *  eth1
nonsense\n`;
  t.deepEqual([...parseArp(text)], []);
});

test('an IPv4 address in the form of IPv6 is an IPv4 address', (t) => {
  t.is(plainAddress('::ffff:10.0.0.1'), '10.0.0.1');
  t.is(plainAddress('fe80::1'), 'fe80::1');
  t.is(plainAddress(undefined), '');
});
