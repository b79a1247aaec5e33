import test from 'ava';
import { Seeded } from '../../testing/seeded.ts';
import {
  cidrText,
  ipText,
  isHostAddress,
  isWithin,
  lastOf,
  networkOf,
  overlap,
  parseCidr,
  parseIp,
  whyUnreachable,
} from './ip.ts';

function cidr(text: string) {
  const found = parseCidr(text);
  if (!found) throw new Error(text);
  return found;
}

test('an address has one text, the one that a URL has', (t) => {
  const random = new Seeded(6);
  for (let round = 0; round < 2000; round++) {
    const groups = Array.from({ length: 8 }, () =>
      random.below(2) === 0
        ? '0'
        : random.below(65_536).toString(16).toUpperCase().padStart(4, '0'),
    );
    const text = groups.join(':');
    const ip = parseIp(text);
    t.is(ip && `[${ipText(ip)}]`, new URL(`http://[${text}]`).hostname, text);
  }
  for (const text of [
    '::',
    '::1',
    'fd00::',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '0.0.0.0',
    '255.255.255.255',
  ]) {
    const ip = parseIp(text);
    t.is(ip && parseIp(ipText(ip))?.value, ip?.value, text);
  }
});

test('what is no address, or has more in it, is none', (t) => {
  const texts = [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    '1.2.3.4 ',
    'fe80::1%lan0',
    '::ffff:1.2.3.4',
  ];
  for (const text of [...texts, '1::2::3', ':', '12345::', 'g::'])
    t.is(parseIp(text), undefined, text);
  for (const text of [
    '10.0.0.1',
    '10.0.0.1/',
    '10.0.0.1/33',
    '10.0.0.1/08',
    '10.0.0.1/8/8',
    '::/129',
    '::/-1',
  ]) {
    t.is(parseCidr(text), undefined, text);
  }
});

test('networks', (t) => {
  t.is(cidrText(networkOf(cidr('10.1.2.3/20'))), '10.1.0.0/20');
  t.is(ipText(lastOf(cidr('10.1.2.3/20'))), '10.1.15.255');
  t.is(ipText(lastOf(cidr('fd00::1/120'))), 'fd00::ff');
  t.is(cidrText(networkOf(cidr('10.1.2.3/0'))), '0.0.0.0/0');
  t.true(isWithin(cidr('10.1.15.255/32'), cidr('10.1.2.3/20')));
  t.false(isWithin(cidr('10.1.16.0/32'), cidr('10.1.2.3/20')));
  t.false(isWithin(cidr('::/0'), cidr('0.0.0.0/0')));
  t.true(
    overlap(cidr('10.0.0.0/8'), cidr('10.9.0.0/16')) &&
      overlap(cidr('10.9.0.0/16'), cidr('10.0.0.0/8')),
  );
  t.false(overlap(cidr('10.0.0.0/16'), cidr('10.1.0.0/16')));
});

test('which addresses hosts can have', (t) => {
  const hosts = [
    '10.0.0.1/24',
    '10.0.0.0/31',
    '10.0.0.255/31',
    '10.0.0.7/32',
    'fd00::ff/120',
    'fd00::/127',
  ];
  const others = ['10.0.0.0/24', '10.0.0.255/24', 'fd00::/64'];
  for (const text of hosts) t.true(isHostAddress(cidr(text)), text);
  for (const text of others) t.false(isHostAddress(cidr(text)), text);
});

test('which addresses lead nowhere', (t) => {
  for (const text of [
    '10.0.0.1/8',
    '192.0.2.1/24',
    '100.64.0.1/10',
    '2001:db8::1/64',
    'fd00::1/64',
  ]) {
    t.is(whyUnreachable(cidr(text)), undefined, text);
  }
  const nowhere = [
    '0.0.0.1/8',
    '127.1.1.1/8',
    '224.0.0.1/4',
    '169.254.0.9/16',
    '255.255.255.255/32',
  ];
  for (const text of [...nowhere, '::/128', '::1/128', 'ff02::1/16', 'fe80::1/64']) {
    t.truthy(whyUnreachable(cidr(text)), text);
  }
});
