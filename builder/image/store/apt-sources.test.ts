import test from 'ava';
import { parseDeb822, parseOneLine } from './apt-sources.ts';

const source = (uri: string, suites: string[], components: string[], signedBy?: string) => ({
  uri,
  suites,
  components,
  signedBy,
});

const A = 'http://mirror.example.test/debian';

const oneLine = test.macro((t, text: string, expected: readonly object[]) => {
  t.deepEqual(parseOneLine(text), expected);
});

test('a plain line', oneLine, `deb ${A} trixie main contrib\n`, [
  source(A, ['trixie'], ['main', 'contrib']),
]);
test('tabs, leading space and a comment after', oneLine, `  deb\t${A}\ttrixie\tmain # ours`, [
  source(A, ['trixie'], ['main']),
]);
test(
  'options in brackets',
  oneLine,
  `deb [ arch=amd64,arm64 signed-by=/usr/share/keyrings/k.gpg ] ${A} trixie main`,
  [source(A, ['trixie'], ['main'], '/usr/share/keyrings/k.gpg')],
);
test(
  'sources, comments and half lines are left out',
  oneLine,
  `deb-src ${A} trixie main\n# deb ${A} trixie main\ndeb ${A}\ndeb\n`,
  [],
);

const deb822 = test.macro((t, text: string, expected: readonly object[]) => {
  t.deepEqual(parseDeb822(text), expected);
});

test(
  'a stanza, with comments between its lines',
  deb822,
  `Types: deb deb-src
# from http://snapshot.example.test/archive/debian/20260101T000000Z
URIs: ${A}
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`,
  [
    source(
      A,
      ['trixie', 'trixie-updates'],
      ['main'],
      '/usr/share/keyrings/debian-archive-keyring.gpg',
    ),
  ],
);
test(
  'two stanzas, several addresses, continuation lines and other capitals',
  deb822,
  `types: deb\nuris: ${A}\n  http://b.example.test/debian\nSUITES:\n trixie\n  sid\nComponents: main\n \t\n\nTypes: deb\nURIs: http://c.example.test/debian\nSuites: trixie\nComponents: main`,
  [
    source(A, ['trixie', 'sid'], ['main']),
    source('http://b.example.test/debian', ['trixie', 'sid'], ['main']),
    source('http://c.example.test/debian', ['trixie'], ['main']),
  ],
);
test(
  'a stanza that is off',
  deb822,
  `Enabled: no\nTypes: deb\nURIs: ${A}\nSuites: sid\nComponents: main`,
  [],
);
test(
  'a stanza of sources only',
  deb822,
  `Types: deb-src\nURIs: ${A}\nSuites: sid\nComponents: main`,
  [],
);
test(
  'a key written into the stanza',
  deb822,
  `Types: deb\nURIs: ${A}\nSuites: sid\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF`,
  [source(A, ['sid'], ['main'], '-----BEGIN PGP PUBLIC KEY BLOCK----- . mQINBF')],
);
test('an empty file', deb822, '', []);
