import { join } from 'node:path';
import test from 'ava';
import { PROJECT_DIRECTORY } from '../definition/project.ts';
import { decodeReviewedScripts, loadReviewedScripts } from './maintscripts.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const ENTRY = `- package: frobnicate
  script: postinst
  sha256: [${A}, ${B}]
  reason: The account is declared.
  paths: [/etc/frob.conf]
  accounts: [_frob]
`;

function decode(text: string) {
  return decodeReviewedScripts({ name: 'maintscripts.yaml', text });
}

test('an entry is read as written', (t) => {
  t.deepEqual(decode(ENTRY), [
    {
      package: 'frobnicate',
      script: 'postinst',
      sha256: [A, B],
      reason: 'The account is declared.',
      paths: ['/etc/frob.conf'],
      accounts: ['_frob'],
    },
  ]);
});

test('what is wrong with entries is said with its place, all at once', (t) => {
  const text = `- package: Frob
  script: postrm
  sha256: [abc]
  reason: " "
- package: frob
  script: preinst
  sha256: []
  reson: x
`;
  t.snapshot(t.throws(() => decode(text))?.message);
});

test('two entries for one script are an error', (t) => {
  const second = ENTRY.replace(`${A}, `, '');
  t.snapshot(t.throws(() => decode(ENTRY + second))?.message);
});

test('the list of this project is valid', async (t) => {
  const scripts = await loadReviewedScripts(join(PROJECT_DIRECTORY, 'images/maintscripts.yaml'));
  t.true(scripts.length > 100);
});

test('the list of this project is sorted, so that two people can add to it', async (t) => {
  const scripts = await loadReviewedScripts(join(PROJECT_DIRECTORY, 'images/maintscripts.yaml'));
  const names = scripts.map((entry) => entry.package);
  t.deepEqual(names, names.toSorted());
});
