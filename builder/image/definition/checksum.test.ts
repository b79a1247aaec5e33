import test from 'ava';
import { loadImage, SMALLEST_IMAGE } from '../../testing/image-files.ts';
import { canonicalJson, definitionChecksum, resolutionChecksum } from './checksum.ts';

const BASE = `${SMALLEST_IMAGE.replace('[bash]', '[bash, dash]')}omit: { perl: no scripts }\noverlays: [one]\n`;

const changes = test.macro({
  async exec(t, from: string, to: string, staleLock: boolean) {
    const load = (text: string) =>
      loadImage(t, { 'overlays/one/': '', 'overlays/two/': '', 'images/a.yaml': text });
    t.true(BASE.includes(from));
    const [{ definition: before }, { definition: after }] = [
      await load(BASE),
      await load(BASE.replace(from, to)),
    ];
    t.is(resolutionChecksum(before) !== resolutionChecksum(after), staleLock);
    t.not(definitionChecksum(before), definitionChecksum(after));
  },
  title: (title, _from, _to, staleLock) =>
    `${title} ${staleLock ? 'makes a lock stale' : 'leaves a lock as it is'}`,
});

test('another package', changes, 'dash]', 'dash, vim]', true);
test('another flavour', changes, 'flavour: amd64', 'flavour: cloud-amd64', true);
test('another suite', changes, 'trixie: {}', 'trixie: {}, trixie-updates: {}', true);
test('another component', changes, 'trixie: {}', 'trixie: { components: [main, contrib] }', true);
test('another omission', changes, 'perl:', 'perl-base:', true);
test('another reason for an omission', changes, 'no scripts', 'nobody calls it', false);
test('the order of packages', changes, '[bash, dash]', '[dash, bash]', false);
test('an overlay', changes, '[one]', '[one, two]', false);
test(
  'what a start has besides',
  changes,
  'overlays: [one]',
  'overlays: [one]\niso: { modules: [loop] }',
  false,
);
test('the version', changes, '1.2.3', '1.2.4', false);

test('the checksum of a definition is the same in every directory and for every mirror', async (t) => {
  const files = { 'overlays/one/': '', 'images/a.yaml': BASE };
  const { definition } = await loadImage(t, files);
  const other = await loadImage(t, {
    ...files,
    'images/a.yaml': `${BASE}mirrors: ["http://mirror.example/"]\n`,
  });
  t.not(definition.file, other.definition.file);
  t.is(definitionChecksum(definition), definitionChecksum(other.definition));
  t.is(resolutionChecksum(definition), resolutionChecksum(other.definition));
});

test('canonical JSON sorts keys and leaves undefined fields out', (t) => {
  t.is(
    canonicalJson({ b: [1, 'x', null], a: undefined, A: { d: true, c: 0 } }),
    '{"A":{"c":0,"d":true},"b":[1,"x",null]}',
  );
});
