import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { PROJECT_DIRECTORY } from '../image/definition/project.ts';
import { schemaFiles } from './schemas.ts';

for (const [file, content] of schemaFiles()) {
  test(`${file} is what the decoder says (node dist/builder/yaml/write-schemas.js writes it)`, async (t) => {
    t.is(await readFile(join(PROJECT_DIRECTORY, file), 'utf8'), content);
  });
}
