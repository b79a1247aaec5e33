import test from 'ava';
import {
  contains,
  formatAddress,
  hostsFromEnd,
  networkOf,
  parseAddress,
  parseSubnet,
} from './subnet.ts';

test('an address and its prefix are a network, of both families', (t) => {
  t.is(networkOf(parseSubnet('10.0.0.11/24')), '10.0.0.0/24');
  t.is(networkOf(parseSubnet('172.31.255.9/12')), '172.16.0.0/12');
  t.is(networkOf(parseSubnet('fd00:7::11/64')), 'fd00:7::/64');
  t.is(networkOf(parseSubnet('2001:db8:0:1:0:0:0:9/48')), '2001:db8::/48');
});

test('addresses come back as they are usually written', (t) => {
  for (const text of ['fd00:7::11', '::1', 'fe80::1:2', '2001:db8::', '1:2:3:4:5:6:7:8']) {
    t.is(formatAddress(6, parseAddress(text)), text);
  }
  t.is(formatAddress(6, parseAddress('FD00:0007:0:0:0:0:0:0011')), 'fd00:7::11');
  t.is(formatAddress(4, parseAddress('192.168.250.1/16')), '192.168.250.1');
});

test('an address is in its network or not', (t) => {
  const network = parseSubnet('10.0.0.11/25');
  t.true(contains(network, parseAddress('10.0.0.127')));
  t.false(contains(network, parseAddress('10.0.0.128')));
  t.true(contains(parseSubnet('fd00::/8'), parseAddress('fdff::1')));
});

test('the last addresses of a network that a host can have', (t) => {
  const last = (text: string) => {
    const { value } = hostsFromEnd(parseSubnet(text)).next();
    return formatAddress(parseSubnet(text).family, value ?? 0n);
  };
  t.is(last('10.0.0.0/24'), '10.0.0.254');
  t.is(last('fd00::/64'), 'fd00::ffff:ffff:ffff:ffff');
  t.is([...hostsFromEnd(parseSubnet('10.0.0.0/30'))].length, 2);
});
