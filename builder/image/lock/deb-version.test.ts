import test from 'ava';
import { compareVersions, isVersion } from './deb-version.ts';

/** Each line is in ascending order. */
const ASCENDING: readonly (readonly string[])[] = [
  ['1', '2', '10'],
  ['1.0', '1.1', '1.10'],
  ['1.0~', '1.0', '1.0a', '1.0+', '1.0.'],
  ['1.0~~', '1.0~~a', '1.0~', '1.0~a', '1.0'],
  ['1.0~rc1', '1.0~rc2', '1.0', '1.0-1'],
  ['2.0', '1:1.0', '2:0.1'],
  ['1.0-1', '1.0-1+b1', '1.0-1+deb13u1', '1.0-1.1', '1.0-2'],
  ['257.13-1~deb13u1', '257.13-1', '257.13-1+b1'],
  ['6.12.9+deb13', '6.12.10+deb13'],
  ['1.2.3-1', '1.2.3-10', '1.2.3a-1'],
  ['0.0.20240101', '0.0.20250101'],
  ['1', '99999999999999999999', '100000000000000000000'],
  ['1.0A', '1.0Z', '1.0a', '1.0z', '1.0+', '1.0.'],
  ['5.2.37-2+b10', '5.3~beta-1', '5.3-1'],
  ['2.41-12+deb13u4', '2.41-12+deb13u10'],
  ['1-1-1', '1-1-2', '1-2-1'],
  ['1:0', '1:0a', '10:0'],
];

const EQUAL: readonly (readonly [string, string])[] = [
  ['1.0', '1.0'],
  ['1.0', '1.0-0'],
  ['0:1.0', '1.0'],
  ['1.00', '1.0'],
  ['1.01', '1.1'],
  ['1.0-00', '1.0'],
  ['1.a', '1.a0'],
  ['00:1', '1'],
];

for (const versions of ASCENDING) {
  test(`in dpkg's order: ${versions.join(' < ')}`, (t) => {
    versions.forEach((left, i) => {
      versions.forEach((right, j) => {
        t.is(Math.sign(compareVersions(left, right)), Math.sign(i - j), `${left} and ${right}`);
      });
    });
  });
}

for (const [left, right] of EQUAL) {
  test(`the same version: ${left} = ${right}`, (t) => {
    t.is(compareVersions(left, right), 0);
    t.is(compareVersions(right, left), 0);
  });
}

test('a version has no spaces and begins with a digit', (t) => {
  t.deepEqual(['1', '1:2.3-4~a+b', '0', 'a1', '', '1 2', '1/2', ':1', '1_2'].map(isVersion), [
    true,
    true,
    true,
    false,
    false,
    false,
    false,
    false,
    false,
  ]);
});
