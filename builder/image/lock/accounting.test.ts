import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import { sha256 } from '../../report/sha256.ts';
import { type Accounting, accountForScripts } from './accounting.ts';
import { assertAccounted, describeStale } from './accounting-message.ts';
import type { ReviewedScript } from './maintscripts.ts';

const LIST = 'images/maintscripts.yaml';
const OWN = '#!/bin/sh\nset -e\nif [ "$1" = configure ]; then\n\tadduser --system frob\nfi\n';
const EMPTY = '#!/bin/sh\nset -e\nexit 0\n';

function review(text: string, changes: Partial<ReviewedScript> = {}): ReviewedScript {
  return {
    package: 'frobnicate',
    script: 'postinst',
    sha256: [sha256(text)],
    reason: 'The account is declared.',
    ...changes,
  };
}

function account(
  scripts: Readonly<Record<string, string>>,
  reviewed: readonly ReviewedScript[] = [],
): Accounting {
  return accountForScripts([{ name: 'frobnicate', version: '1.2-3', scripts }], reviewed);
}

function errorOf(accounting: Accounting): KilnError {
  try {
    assertAccounted(accounting, LIST);
  } catch (error) {
    if (error instanceof KilnError) return error;
  }
  throw new Error('it did not fail');
}

test('scripts for removal and debconf are accounted for by rule, whatever they do', (t) => {
  const { accounted, unknown } = account({ config: OWN, prerm: OWN, postrm: OWN });
  t.deepEqual(unknown, []);
  t.deepEqual(
    accounted.map(({ script, verdict }) => [script, verdict.kind]),
    [
      ['config', 'ruled-out'],
      ['prerm', 'ruled-out'],
      ['postrm', 'ruled-out'],
    ],
  );
});

test('control files that are no scripts are passed over', (t) => {
  t.deepEqual(account({ triggers: 'activate-noawait ldconfig\n', conffiles: '/etc/x\n' }), {
    accounted: [],
    unknown: [],
    stale: [],
  });
});

test('a script that does nothing is recognised', (t) => {
  t.deepEqual(account({ postinst: EMPTY }).accounted[0]?.verdict, {
    kind: 'recognised',
    reasons: [],
  });
});

test('a reviewed script is accounted for by its digest', (t) => {
  const entry = review(OWN);
  const { accounted, unknown, stale } = account({ postinst: OWN }, [entry]);
  t.deepEqual(accounted[0]?.verdict, { kind: 'reviewed', entry });
  t.deepEqual([unknown, stale], [[], []]);
});

test('a review counts for its package and its script only', (t) => {
  const reviewed = [review(OWN, { package: 'other' }), review(OWN, { script: 'preinst' })];
  t.is(account({ postinst: OWN }, reviewed).unknown.length, 1);
});

test('one changed byte makes a reviewed script unknown, and its review stale', (t) => {
  const entry = review(OWN);
  const { unknown, stale } = account({ postinst: OWN.replace('frob', 'frod') }, [entry]);
  t.deepEqual(unknown[0]?.formerly, [entry]);
  t.deepEqual(stale, [entry]);
});

test('a review is not stale for its other digests, another entry, or a package that is not here', (t) => {
  const reviewed = [
    review(OWN, { sha256: [sha256('arm64'), sha256(OWN)] }),
    review('older'),
    review(OWN, { package: 'absent' }),
  ];
  t.deepEqual(account({ postinst: OWN }, reviewed).stale, []);
});

test('a review of a script that the package has no more is stale', (t) => {
  const entry = review(OWN, { script: 'preinst' });
  t.deepEqual(account({}, [entry]).stale, [entry]);
  t.snapshot(describeStale(entry, LIST));
});

test('the error shows the script, a former review, and an entry to paste', (t) => {
  const error = errorOf(account({ postinst: OWN }, [review('older')]));
  t.is(error.code, 'lock');
  t.snapshot(`${error.message}\n\n${error.hint}`);
});

test('of a long script only what is not recognised is shown', (t) => {
  const section = [
    '# Automatically added by dh_installdeb/13.24.2',
    ...Array.from(
      { length: 70 },
      (_, at) => `dpkg-maintscript-helper rm_conffile /etc/${at} 1 -- "$@"`,
    ),
    '# End automatically added section',
  ].join('\n');
  const alternatives = [
    '# Automatically added by dh_installalternatives/13.24.2',
    'update-alternatives --install /usr/bin/a a /usr/bin/b 5',
    '# End automatically added section',
  ].join('\n');
  const error = errorOf(account({ postinst: `${OWN}${section}\n${alternatives}\n` }));
  t.snapshot(error.message);
});

test('of many unknown scripts the first five are shown and the others named', (t) => {
  const packages = Array.from({ length: 7 }, (_, at) => ({
    name: `package-${at}`,
    version: '1',
    scripts: { preinst: '#!/bin/sh\ntrue\n' },
  }));
  const error = errorOf(accountForScripts(packages, []));
  t.snapshot(error.message);
  t.is(error.hint?.match(/- package: /g)?.length, 7);
});

test('control characters of a script do not reach the terminal', (t) => {
  const error = errorOf(account({ postinst: '#!/bin/sh\necho "\u001b]0;owned\u0007"\u009b2J\n' }));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  t.notRegex(error.message, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
});

test('nothing unknown is no error', (t) => {
  t.notThrows(() => assertAccounted(account({ postinst: EMPTY }), LIST));
});
