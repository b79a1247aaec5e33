import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Command } from 'commander';
import { DiagnosticsError } from '../report/format.ts';
import { SILENT } from '../report/progress.ts';
import { Scratch } from '../report/scratch.ts';
import { SMALLEST_IMAGE } from '../testing/image-files.ts';
import { addCheck, diagnose } from './check.ts';
import { OUTSIDE, type Session } from './options.ts';
import { addShow } from './show.ts';

const SESSION: Session = {
  progress: SILENT,
  signal: new AbortController().signal,
  env: {},
  now: new Date(0),
};

async function files(
  t: ExecutionContext,
  content: Readonly<Record<string, string>>,
): Promise<string> {
  const scratch = await Scratch.create('check');
  t.teardown(() => scratch[Symbol.asyncDispose]());
  for (const [name, text] of Object.entries(content))
    await writeFile(join(scratch.path, name), text);
  return scratch.path;
}

test('an error in a file that two images share is one error', async (t) => {
  const directory = await files(t, {
    'shared.yaml': `${SMALLEST_IMAGE}nmae: x\n`,
    'one.yaml': 'include: [shared.yaml]\n',
    'two.yaml': 'include: [shared.yaml]\nartifacts: [dsk]\n',
  });
  const images = ['one.yaml', 'two.yaml'].map((name) => join(directory, name));
  const surroundings = { session: SESSION, outside: OUTSIDE };
  const { diagnostics } = await diagnose(images, { offline: true }, surroundings);
  t.deepEqual(
    diagnostics.map((each) => each.message),
    ['unknown key "nmae"; did you mean "name"?', '"dsk" is not known here; did you mean "disk"?'],
  );
});

test('a check with errors ends with all of them', async (t) => {
  const directory = await files(t, { 'one.yaml': 'nmae: x\n' });
  const program = new Command().exitOverride();
  addCheck(program, SESSION);
  const argv = ['check', join(directory, 'one.yaml'), '--offline'];
  const run = program.parseAsync(argv, { from: 'user' });
  await t.throwsAsync(run, { instanceOf: DiagnosticsError, message: /unknown key "nmae"/ });
});

test('a site file is known by its key, and is checked as one; what is unusual is warned of', async (t) => {
  const site = `network: { gateway: 10.0.0.1, ntp: [10.0.0.1] }
nodes:
  - { name: c1, role: controller, address: 10.0.0.11/24 }
  - { name: c2, role: controller, address: 10.0.0.12/24 }
`;
  const directory = await files(t, {
    'good.yaml': `site: a\n${site}`,
    'bad.yaml': `site: b\napi: { vip: 10.0.0.11/24 }\n${site}`,
    'image.yaml': 'nmae: x\n',
  });
  const warnings: string[] = [];
  const progress = { ...SILENT, warn: (text: string) => warnings.push(text) };
  const names = ['good.yaml', 'bad.yaml', 'image.yaml'].map((name) => join(directory, name));
  const surroundings = { session: { ...SESSION, progress }, outside: OUTSIDE };
  const { diagnostics } = await diagnose(names, { offline: true }, surroundings);
  t.snapshot(diagnostics.map(({ message }) => message));
  t.snapshot(warnings.map((text) => text.replaceAll(`${directory}/`, '')));
});

test('both commands have a help text with examples', (t) => {
  const program = new Command('kiln').configureHelp({ helpWidth: 80 });
  addShow(program);
  addCheck(program, SESSION);
  for (const command of program.commands) {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    t.snapshot(help, command.name());
  }
});
