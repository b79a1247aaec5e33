import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import type { ReviewedScript } from './maintscripts.ts';
import { assertNothingLost, findLost } from './maintscripts-lost.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const ENTRY: ReviewedScript = {
  package: 'frobnicate',
  script: 'postinst',
  sha256: [A, B],
  reason: 'The account is declared,\nand the file is in an overlay.',
  paths: ['/etc/frob.conf'],
  accounts: ['_frob'],
};
const PACKAGES = [{ name: 'frobnicate', scripts: { postinst: B } }];
const NOTHING = { hasPath: () => false, hasAccount: () => false };
const EVERYTHING = { hasPath: () => true, hasAccount: () => true };

test('what a reviewed script would have made and the image lacks is found', (t) => {
  t.deepEqual(findLost(PACKAGES, [ENTRY], NOTHING), [
    { entry: ENTRY, paths: ['/etc/frob.conf'], accounts: ['_frob'] },
  ]);
  const withFile = { ...NOTHING, hasPath: (path: string) => path === '/etc/frob.conf' };
  t.deepEqual(findLost(PACKAGES, [ENTRY], withFile), [
    { entry: ENTRY, paths: [], accounts: ['_frob'] },
  ]);
  t.deepEqual(findLost(PACKAGES, [ENTRY], EVERYTHING), []);
});

test('a review of a package or a version that the image does not have asks for nothing', (t) => {
  t.deepEqual(findLost([], [ENTRY], NOTHING), []);
  t.deepEqual(findLost([{ name: 'frobnicate', scripts: {} }], [ENTRY], NOTHING), []);
  t.deepEqual(findLost([{ name: 'frobnicate', scripts: { postinst: 'c' } }], [ENTRY], NOTHING), []);
});

test('the error names what is lost, the script and its review', (t) => {
  const lost = findLost(PACKAGES, [ENTRY], NOTHING);
  const error = t.throws(() => assertNothingLost(lost, 'images/edge.yaml'), {
    instanceOf: KilnError,
  });
  t.snapshot(`${error?.message}\n\n${error?.hint}`);
});

test('nothing lost is no error', (t) => {
  t.notThrows(() => assertNothingLost([], 'images/edge.yaml'));
});
