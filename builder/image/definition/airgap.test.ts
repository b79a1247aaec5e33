import test from 'ava';
import { sha256 } from '../../report/sha256.ts';
import { imageErrors, loadImage, SMALLEST_IMAGE } from '../../testing/image-files.ts';
import { definitionChecksum } from './checksum.ts';
import { definitionAsYaml } from './written.ts';

const DIGEST = sha256('');
const RELEASE = `{ version: v1.36.3+k0s.2, sha256: { x86_64: ${DIGEST} } }`;

/** An image file with these lines about k0s and its bundle. */
function image(k0s: string, airgap: string): string {
  return `${SMALLEST_IMAGE.replace('{ stand-in: true }', k0s)}airgap: ${airgap}\n`;
}

test('the bundle is that of the release of k0s', async (t) => {
  const files = { 'images/a.yaml': image(RELEASE, `{ sha256: { x86_64: ${DIGEST} } }`) };
  const { definition } = await loadImage(t, files);
  t.deepEqual(definition.airgap, {
    kind: 'release',
    version: 'v1.36.3+k0s.2',
    sha256: { x86_64: DIGEST },
  });
  t.true(definitionAsYaml(definition).includes('airgap:\n  sha256:\n'));
});

test('the bundle of a release may come with a k0s from a file', async (t) => {
  const airgap = `{ version: v1.36.3+k0s.2, sha256: { x86_64: ${DIGEST} } }`;
  const files = { 'images/a.yaml': image('{ stand-in: true }', airgap) };
  const { definition } = await loadImage(t, files);
  t.is(definition.airgap?.kind, 'release');
});

test('a bundle that is a file is looked for beside the image file, and is no part of the checksum', async (t) => {
  const load = (name: string) =>
    loadImage(t, {
      [`images/${name}`]: '',
      'images/a.yaml': image('{ stand-in: true }', `{ path: ${name} }`),
    });
  const [one, two] = [(await load('b.tar')).definition, (await load('c.tar')).definition];
  t.regex(one.airgap?.kind === 'file' ? one.airgap.path : '', /\/images\/b\.tar$/);
  t.is(definitionChecksum(one), definitionChecksum(two));
});

test('the command line replaces the bundle, and leaves it alone when it replaces k0s', async (t) => {
  const files = { 'images/a.yaml': image(RELEASE, `{ sha256: { x86_64: ${DIGEST} } }`) };
  const replaced = await loadImage(t, files, { airgap: import.meta.filename });
  t.deepEqual(replaced.definition.airgap, { kind: 'file', path: import.meta.filename });
  t.snapshot(await imageErrors(t, files, { k0s: 'stand-in' }));
});

const refused = test.macro({
  async exec(t, k0s: string, airgap: string) {
    t.snapshot(await imageErrors(t, { 'images/a.yaml': image(k0s, airgap) }));
  },
  title: (title) => `refused: ${title}`,
});

test('a bundle that is not there', refused, RELEASE, '{ path: none.tar }');
test('a bundle from two places', refused, RELEASE, '{ path: none.tar, sha256: {} }');
test('a bundle without a digest', refused, RELEASE, '{ sha256: {} }');
test('a bundle for the other architecture', refused, RELEASE, `{ sha256: { arm64: ${DIGEST} } }`);
test(
  'a bundle of another release',
  refused,
  RELEASE,
  `{ version: v1.35.7+k0s.0, sha256: { x86_64: ${DIGEST} } }`,
);
test(
  'a bundle of nobody knows which release',
  refused,
  '{ stand-in: true }',
  `{ sha256: { x86_64: ${DIGEST} } }`,
);
test('a bundle that is a word', refused, RELEASE, 'yes');
