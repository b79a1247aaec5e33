import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { sha256 } from '../../report/sha256.ts';
import { imageErrors, loadImage, SMALLEST_IMAGE } from '../../testing/image-files.ts';
import { loadDefinition, type Overrides } from './load.ts';
import { PROJECT_DIRECTORY } from './project.ts';

test('the smallest image file is completed with defaults', async (t) => {
  const { definition } = await loadImage(t, { 'images/a.yaml': SMALLEST_IMAGE });
  t.snapshot({ ...definition, file: 'a.yaml' });
  t.regex(definition.file, /images\/a\.yaml$/);
});

test('an image builds on others: lists append, maps merge, k0s is replaced', async (t) => {
  const { definition, sources } = await loadImage(t, {
    'images/base.yaml': `${SMALLEST_IMAGE}values: { one: 1, two: 2 }\nusers: { a: { uid: 7, home: /a } }\n`,
    'images/a.yaml': `include: [base.yaml]
name: mine
packages: [vim, -bash]
k0s: { version: v1.2.3+k0s.0, sha256: { x86_64: ${sha256('')} } }
values: { two: 3 }
users: { a: ~ }
`,
  });
  t.is(definition.name, 'mine');
  t.deepEqual(definition.packages, ['vim']);
  t.deepEqual(definition.k0s, {
    kind: 'release',
    version: 'v1.2.3+k0s.0',
    sha256: { x86_64: sha256('') },
  });
  t.deepEqual(definition.values, { one: 1, two: 3 });
  t.deepEqual(definition.users, []);
  t.deepEqual(
    sources.files.map(({ path }) => path.replace(/.*\/images/, 'images')),
    ['images/base.yaml', 'images/a.yaml'],
  );
});

test('a late error points at the file and line of what it is about', async (t) => {
  const base = `${SMALLEST_IMAGE}values: { one: 1 }\n`;
  const { sources } = await loadImage(t, {
    'images/base.yaml': base,
    'images/a.yaml': 'include: [base.yaml]\npackages: [vim]\n',
  });
  const inherited = sources.ofItem(['packages'], 'bash');
  t.regex(inherited.file.name, /base\.yaml$/);
  t.is(base.slice(inherited.start, inherited.end), 'bash');
  t.regex(sources.ofItem(['packages'], 'vim').file.name, /a\.yaml$/);
  t.throws(
    () => sources.fail([{ message: 'no package "vim"', at: sources.ofItem(['packages'], 'vim') }]),
    {
      message: /^1 error in .*no package "vim".*a\.yaml:2:12/s,
    },
  );
});

test('overlays are directories of the project, or paths from the file that names them', async (t) => {
  const { definition } = await loadImage(t, {
    'overlays/base/': '',
    'other/mine/': '',
    'other/b.yaml': `${SMALLEST_IMAGE}overlays: [base, ./mine]\ninitrd: { overlays: [base] }\niso: { overlays: [./mine] }\n`,
    'images/a.yaml': 'include: [../other/b.yaml]\noverlays: [../other]\n',
  });
  const project = join(definition.file, '../..');
  t.deepEqual(
    definition.overlays,
    ['overlays/base', 'other/mine', 'other'].map((path) => join(project, path)),
  );
  t.deepEqual(definition.initrd.overlays, [join(project, 'overlays/base')]);
  t.deepEqual(definition.iso.overlays, [join(project, 'other/mine')]);
  t.deepEqual(definition.netboot.overlays, []);
});

test('an include that is not beside its file is one of the project', async (t) => {
  const { definition } = await loadImage(t, {
    'images/base.yaml': SMALLEST_IMAGE,
    'elsewhere/b.yaml': 'include: [base.yaml]\n',
    'images/a.yaml': 'include: [../elsewhere/b.yaml]\n',
  });
  t.is(definition.name, 'tiny');
});

test('a file that two others include counts once', async (t) => {
  const { definition, sources } = await loadImage(t, {
    'images/base.yaml': SMALLEST_IMAGE.replace('[bash]', '[bash, dash]'),
    'images/b.yaml': 'include: [base.yaml]\npackages: [-dash]\n',
    'images/c.yaml': 'include: [base.yaml]\n',
    'images/a.yaml': 'include: [b.yaml, c.yaml]\n',
  });
  t.deepEqual(definition.packages, ['bash']);
  t.is(sources.files.length, 4);
});

test('the command line stands in for the file', async (t) => {
  const files = { 'images/a.yaml': SMALLEST_IMAGE.replace('k0s: { stand-in: true }', '') };
  const { definition } = await loadImage(t, files, { k0s: import.meta.filename, version: '9.9' });
  t.deepEqual(definition.k0s, { kind: 'file', path: import.meta.filename });
  t.is(definition.version, '9.9');
  t.deepEqual((await loadImage(t, files, { k0s: 'stand-in' })).definition.k0s, {
    kind: 'stand-in',
  });
});

const refused = test.macro({
  async exec(t, files: Readonly<Record<string, string>>, overrides: Overrides = {}) {
    t.snapshot(await imageErrors(t, files, overrides));
  },
  title: (title) => `refused: ${title}`,
});

test('an include that is not there', refused, {
  'images/base.yaml': SMALLEST_IMAGE,
  'images/a.yaml': 'include: [bsae.yaml]\n',
});
test('a circle of includes', refused, {
  'images/a.yaml': `include: [b.yaml]\n${SMALLEST_IMAGE}`,
  'images/b.yaml': 'include: [c.yaml]\n',
  'images/c.yaml': 'include: [a.yaml]\n',
});
test('a file that includes itself', refused, {
  'images/a.yaml': `include: [a.yaml]\n${SMALLEST_IMAGE}`,
});
test('an overlay that is not there', refused, {
  'overlays/base/': '',
  'images/a.yaml': `${SMALLEST_IMAGE}overlays: [bas, ./mine]\n`,
});
test('a k0s binary that is not there', refused, {
  'images/a.yaml': SMALLEST_IMAGE.replace('stand-in: true', 'path: ./k0s'),
});
test(
  'a bad version of the command line',
  refused,
  { 'images/a.yaml': SMALLEST_IMAGE },
  { version: '1+2' },
);
test('errors of shape, in the included file too, together with errors across fields', refused, {
  'images/base.yaml': `${SMALLEST_IMAGE}exclude: etc\nunits: { mask: [ssh.service] }\n`,
  'images/a.yaml': `include: [base.yaml]
pakages: [vim]
arch: arm64
units: { enable: [ssh.service], dissable: [] }
exclude: [/etc]
`,
});
test('an image without what it needs', refused, { 'images/a.yaml': 'name: a\n' });

for (const name of readdirSync(join(PROJECT_DIRECTORY, 'images')).filter((file) =>
  /^(x86_64|arm64|dev)\.yaml$/.test(file),
)) {
  test(`images/${name} has no errors`, async (t) => {
    const file = join(PROJECT_DIRECTORY, 'images', name);
    await t.notThrowsAsync(loadDefinition(file, { overrides: { k0s: 'stand-in' } }));
  });
}

test('what is missing is missing in the image file, not in an option', async (t) => {
  t.snapshot(await imageErrors(t, { 'images/a.yaml': 'name: x\n' }, { k0s: 'stand-in' }));
});

test('of a file that could not be read whole nothing is said to be missing', async (t) => {
  t.snapshot(await imageErrors(t, { 'images/a.yaml': 'packages: [bash\nname: x\n' }));
});
