import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../report/scratch.ts';
import { loadImage, SMALLEST_IMAGE } from '../../testing/image-files.ts';
import { loadDefinition } from './load.ts';
import { definitionAsYaml } from './written.ts';

const FULL = `${SMALLEST_IMAGE}overlays: [base]
values: { console: ttyS0, size: 3, quoted: "1.0", on: true }
users: { kiln: { uid: 1000, home: /home/kiln, groups: [adm] } }
alternatives: { awk: { link: /usr/bin/awk, target: /usr/bin/mawk } }
omit: { perl-base: "no script runs" }
`;

test('a shown definition reads back as the same definition', async (t) => {
  const { definition } = await loadImage(t, { 'overlays/base/': '', 'images/a.yaml': FULL });
  await using scratch = await Scratch.create('written');
  const file = join(scratch.path, 'shown.yaml');
  await writeFile(file, definitionAsYaml(definition));
  const shown = await loadDefinition(file);
  t.deepEqual({ ...shown.definition, file: definition.file }, definition);
});

test('a shown definition is a complete image file', async (t) => {
  const { definition } = await loadImage(t, {
    'images/a.yaml': FULL.replace('overlays: [base]\n', ''),
  });
  t.snapshot(definitionAsYaml(definition));
});
