import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { DiagnosticsError } from '../../report/format.ts';
import { Scratch } from '../../report/scratch.ts';
import { loadToolsDefinition } from './tools-schema.ts';

async function toolsFile(t: ExecutionContext, content: string): Promise<string> {
  const scratch = await Scratch.create('tools-schema');
  t.teardown(() => scratch[Symbol.asyncDispose]());
  const file = join(scratch.path, 'tools.yaml');
  await writeFile(file, content);
  return file;
}

test('the list of tools is suites, packages and omissions', async (t) => {
  const file = await toolsFile(t, 'suites: { trixie: {} }\npackages: [mtools, zstd]\n');
  const { definition, sources } = await loadToolsDefinition(file);
  t.deepEqual(definition, {
    file,
    suites: { trixie: { archive: 'debian', components: ['main'] } },
    packages: ['mtools', 'zstd'],
    omit: {},
  });
  t.is(sources.files[0]?.path, file);
});

test('what is wrong with it is reported like in an image file', async (t) => {
  const file = await toolsFile(t, 'suits: { trixie: {} }\npackages: [mtools, -zstd]\n');
  const error = await t.throwsAsync(loadToolsDefinition(file), { instanceOf: DiagnosticsError });
  t.snapshot(error?.message.replaceAll(file, 'tools.yaml'));
});
