import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../image/definition/project.ts';
import { schemaFiles } from './schemas.ts';

// Run after a change of a decoder: node dist/builder/yaml/write-schemas.js
for (const [file, content] of schemaFiles()) {
  await writeFile(join(PROJECT_DIRECTORY, file), content);
}
