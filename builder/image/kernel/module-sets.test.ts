import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { decodeYaml } from '../../yaml/decode.ts';
import { jsonSchemaOf } from '../../yaml/decoder.ts';
import { ARCHES, type Arch } from '../arch.ts';
import { PROJECT_DIRECTORY } from '../definition/project.ts';
import { loadModuleSets, MODULE_SETS, wantedModules } from './module-sets.ts';

const PATH = join(PROJECT_DIRECTORY, 'images/modules.yaml');
const SETS = {
  disk: {
    description: 'd',
    modules: ['nvme'],
    x86_64: ['ata'],
    arm64: ['bcm'],
    optional: ['maybe'],
  },
};

test("the project's own sets are well-formed, and no set has a module twice", async (t) => {
  const sets = await loadModuleSets(PATH);
  for (const [name, set] of Object.entries(sets)) {
    for (const arch of Object.keys(ARCHES) as Arch[]) {
      const wanted = wantedModules([name], sets, { arch, asker: 'x' }).map((each) => each.name);
      t.is(new Set(wanted).size, wanted.length, `${name}, ${arch}: ${wanted}`);
    }
    t.regex(set.description, /[^.]$/);
  }
});

test('a set that is called like a module has that module', async (t) => {
  const sets = await loadModuleSets(PATH);
  for (const name of ['kvm', 'btrfs', 'tpm']) t.true(sets[name]?.modules?.includes(name), name);
});

test('the JSON Schema is the one of the decoder', (t) => {
  const schema = jsonSchemaOf(MODULE_SETS, { title: 'Kiln module sets' });
  const kept = readFileSync(join(PROJECT_DIRECTORY, 'images/modules.schema.json'), 'utf8');
  t.is(kept, `${JSON.stringify(schema, undefined, 2)}\n`);
});

test('everything that is wrong in a file of sets is reported at its place', (t) => {
  const text = 'Nic:\n  modules: [e1000, e1000, not-this]\nusb:\n  description: u\n  x86: [a]\n';
  const error = t.throws(() => decodeYaml({ name: 'modules.yaml', text }, MODULE_SETS));
  t.snapshot(error.message);
});

test('a set stands for its modules on that architecture', (t) => {
  const of = (arch: Arch) =>
    wantedModules(['disk'], SETS, { arch, asker: 'x.yaml' }).map(({ name, isOptional }) =>
      isOptional ? `${name}?` : name,
    );
  t.deepEqual(of('x86_64'), ['nvme', 'ata', 'maybe?']);
  t.deepEqual(of('arm64'), ['nvme', 'bcm', 'maybe?']);
});

test('a name that is no set is a module that the definition asks for', (t) => {
  const options = { arch: 'x86_64', asker: 'x.yaml' } as const;
  t.deepEqual(wantedModules(['toString'], SETS, options), [
    { name: 'toString', by: 'x.yaml', item: 'toString', isOptional: false },
  ]);
});
