import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Command, CommanderError } from 'commander';
import { KilnError } from '../report/errors.ts';
import { SILENT } from '../report/progress.ts';
import { emptyDirectory } from '../testing/store-fixture.ts';
import { addRehearse } from './rehearse.ts';
import { addSite } from './site/site.ts';

const SITE = `site: plant7
network: { cni: kuberouter, gateway: 10.0.0.1, dns: [10.0.0.1], ntp: [10.0.0.1] }
nodes:
  - { name: c1, role: controller, address: 10.0.0.11/24, mac: "52:54:00:00:00:11" }
  - { name: w1, role: worker, address: 10.0.0.21/24, mac: "52:54:00:00:00:21" }
`;

interface Bench {
  readonly file: string;
  readonly out: string;
  readonly warnings: string[];
  kiln(...argv: readonly string[]): Promise<void>;
}

async function bench(t: ExecutionContext): Promise<Bench> {
  const directory = await emptyDirectory(t);
  const file = join(directory, 'plant7.yaml');
  await writeFile(file, SITE);
  const warnings: string[] = [];
  const progress = { ...SILENT, warn: (text: string) => void warnings.push(text) };
  const { signal } = new AbortController();
  const session = { progress, signal, env: {}, now: new Date() };
  const kiln = async (...argv: readonly string[]) => {
    const program = new Command('kiln').exitOverride().configureOutput({ writeErr: () => {} });
    addSite(program, session, {
      workspaceOf: () => {
        throw new Error('not asked for');
      },
      print: () => {},
    });
    addRehearse(program, session);
    await program.parseAsync(argv, { from: 'user' });
  };
  return { file, out: join(directory, 'out'), warnings, kiln };
}

/** What it is refused with, without names of directories. */
async function refusal(
  t: ExecutionContext,
  { kiln, file, out }: Bench,
  ...argv: readonly string[]
): Promise<string> {
  const error = await t.throwsAsync(kiln('rehearse', file, '--out', out, ...argv));
  if (error instanceof CommanderError) return error.message;
  t.true(error instanceof KilnError && error.code === 'usage', String(error));
  const hint = error instanceof KilnError ? error.hint : '';
  return `${error?.message}\nhint: ${hint}`.replaceAll(join(file, '..'), '…');
}

test('options that say nothing sensible are refused', async (t) => {
  const desk = await bench(t);
  for (const argv of [
    ['--order', 'backwards,'],
    ['--order', 'random:'],
    ['--only', ''],
    ['--cut', 'c1@soon'],
    ['--delay', '-1'],
    ['--memory', '0'],
    ['--nothing'],
  ]) {
    t.snapshot(await refusal(t, desk, ...argv), argv.join(' '));
  }
});

test('seeds that are missing, of another time, or not compared', async (t) => {
  const desk = await bench(t);
  t.snapshot(await refusal(t, desk), 'no seeds');
  await desk.kiln('site', desk.file, '--out', desk.out);
  t.snapshot(await refusal(t, desk), 'the seeds are right, and a release is missing');
  await writeFile(desk.file, SITE.replace('dns: [10.0.0.1]', 'dns: [10.0.0.2]'));
  t.snapshot(await refusal(t, desk), 'another time');
  t.snapshot(await refusal(t, desk, '--only', 'w1'), 'another time, one node');
  const seeds = join(desk.out, 'plant7');
  t.regex(await refusal(t, desk, '--seeds', seeds), /there is no release/);
  t.deepEqual(desk.warnings, []);
  t.regex(await refusal(t, desk, '--secrets', join(desk.out, 'none')), /there is no release/);
  t.regex(desk.warnings[0] ?? '', /nobody can tell whether the seeds are what .* says now/);
});

test('a worker that is new in the site has no seed of now', async (t) => {
  const desk = await bench(t);
  await desk.kiln('site', desk.file, '--out', desk.out);
  const more = '  - { name: w2, role: worker, address: 10.0.0.22/24, mac: "52:54:00:00:00:22" }\n';
  await writeFile(desk.file, `${SITE}${more}`);
  t.regex(await refusal(t, desk), /there is no seed: …\/out\/plant7\/w2.iso/);
  await copyFile(join(desk.out, 'plant7/w1.iso'), join(desk.out, 'plant7/w2.iso'));
  t.regex(await refusal(t, desk), /plant7\.secrets has no token yet for w2/);
});

test('a directory that is no release is refused before anything starts', async (t) => {
  const desk = await bench(t);
  await desk.kiln('site', desk.file, '--out', desk.out);
  await mkdir(join(desk.out, 'empty'));
  t.snapshot(await refusal(t, desk, '--release', join(desk.out, 'empty')));
});
