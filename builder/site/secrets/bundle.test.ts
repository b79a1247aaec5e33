import test from 'ava';
import { fixedEntropy, TODAY, tinySite } from '../../testing/site-secrets.ts';
import { decodeBundle } from './bundle.ts';
import { formatBundle } from './bundle-schema.ts';
import { makeSecrets, tokensOf } from './complete.ts';

const SECRETS = await makeSecrets(tinySite({ c1: 'controller', w1: 'worker', w2: 'worker' }), {
  now: TODAY,
  entropy: fixedEntropy('bundle'),
});
const TEXT = formatBundle({ secrets: SECRETS, recipients: [] });

/** Pieces of everything that must not be seen; each longer than any word of an error. */
const PIECES = [
  ...TEXT.split('\n')
    .filter((line) => /^ +[A-Za-z0-9+/=]{20,}$/.test(line))
    .map((line) => line.trim().slice(0, 16)),
  ...tokensOf(SECRETS).map(({ secret }) => secret),
  SECRETS.vrrpPassword,
];

const decode = (text: string) => decodeBundle({ name: 'secrets.yaml', text });

test('a bundle is read as it was written', (t) => {
  t.deepEqual(decode(TEXT), { secrets: SECRETS, recipients: [] });
  const recipients = ['age1aa', 'age1bb'];
  t.deepEqual(decode(formatBundle({ secrets: SECRETS, recipients })).recipients, recipients);
});

test('passwords and tokens of digits stay text', (t) => {
  const tokens = { ...SECRETS.tokens, shared: { id: '123456', secret: '1234567890123456' } };
  const secrets = { ...SECRETS, vrrpPassword: '12345678', tokens };
  t.deepEqual(decode(formatBundle({ secrets, recipients: [] })).secrets, secrets);
});

const refused = test.macro({
  exec(t, change: (text: string) => string) {
    const error = t.throws(() => decode(change(TEXT)), { name: 'DiagnosticsError' });
    t.snapshot(error?.message);
    for (const piece of PIECES)
      t.false(JSON.stringify(error).includes(piece) || error?.message.includes(piece));
  },
  title: (title) => `refused, and nothing shown: ${title}`,
});

test('a file that is cut off in a key', refused, (text) => text.slice(0, 9000));
test('a file that is cut off between keys', refused, (text) =>
  text.slice(0, text.indexOf('tokens:')),
);
test('an empty file', refused, () => '');
test('a later format', refused, (text) => text.replace('kiln-secrets: 1', 'kiln-secrets: 2'));
test('a secret in the place of a key', refused, (text) => `${text}${SECRETS.vrrpPassword}: x\n`);
test('a key twice', refused, (text) => `${text}vrrp-password: ${SECRETS.vrrpPassword}\n`);
test('a misspelt key', refused, (text) => text.replace('vrrp-password', 'vrrp-pasword'));
test('a bad password, of digits', refused, (text) =>
  text.replace(/vrrp-password: .*/, 'vrrp-password: 123'),
);
test('a bad token', refused, (text) => text.replace(/ {2}shared: ....../, '  shared: '));
test('a tag', refused, (text) => text.replace('shared: ', 'shared: !'));
test('an alias', refused, (text) => text.replace('shared: ', 'shared: *'));
test('a line that lost its indent', refused, (text) => text.replace(/\n {6}(MII\w)/, '\n$1'));
test('a key of another kind', refused, (text) =>
  text.replaceAll('RSA PRIVATE KEY', 'EC PRIVATE KEY'),
);
test('a bad name of a node', refused, (text) => text.replace('    w1: ', '    W_1: '));
test('lists and maps in wrong places', refused, (text) =>
  text.replace(/shared: (.*)/, 'shared: [$1]').replace(/controller: (.*)/, 'controller: { $1: x }'),
);

test('wherever a bundle is cut off or a line is lost, nothing of it is shown', (t) => {
  const lines = TEXT.split('\n');
  const texts = [
    ...lines.map((_, at) => lines.toSpliced(at, 1).join('\n')),
    ...lines.map((_, at) => TEXT.slice(0, at * 61)),
    ...lines.map((line, at) => lines.toSpliced(at, 1, line.trimStart()).join('\n')),
    ...lines.map((line, at) => lines.toSpliced(at, 1, `${line}"'{`).join('\n')),
  ];
  let refusals = 0;
  for (const text of texts) {
    try {
      decode(text);
    } catch (error) {
      refusals += 1;
      const said =
        error instanceof Error ? `${error.message} ${error.cause} ${JSON.stringify(error)}` : '';
      t.true(error instanceof Error && error.name === 'DiagnosticsError', said);
      t.is(
        PIECES.find((piece) => said.includes(piece)),
        undefined,
      );
    }
  }
  t.true(refusals > 300, String(refusals));
});
