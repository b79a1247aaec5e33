import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { openInChild } from '../../testing/secrets-child.ts';
import { keyringOf, tinySite } from '../../testing/site-secrets.ts';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import { start } from '../../tools/run.ts';
import { readBundle } from './bundle-store.ts';
import { exclusively } from './exclusive.ts';

test('work on one file is done in turn, on others at the same time', async (t) => {
  const directory = await emptyDirectory(t);
  const log: string[] = [];
  // It can only begin beside the others: they wait for it.
  const other = exclusively(join(directory, 'b'), async () => log.push('other'));
  const work = async (name: string): Promise<void> => {
    log.push(`${name} begins`);
    await other;
    await sleep(20);
    log.push(`${name} ends`);
  };
  const path = join(directory, 'a');
  await Promise.all(['one', 'two'].map((name) => exclusively(path, () => work(name))));
  const names = log.filter((line) => line !== 'other').map((line) => line.split(' ')[0]);
  t.is(names.length, 4);
  t.is(names[0], names[1]);
  t.is(names[2], names[3]);
});

test('who waits too long says for what', async (t) => {
  const directory = await emptyDirectory(t);
  const path = join(directory, 'secrets.yaml');
  await exclusively(path, async () => {
    await t.throwsAsync(
      exclusively(path, async () => {}, { patienceMs: 60 }),
      {
        message: `${path}: another kiln is at work with this file`,
      },
    );
    await t.throwsAsync(
      exclusively(path, async () => {}, { signal: AbortSignal.abort(new Error('enough')) }),
    );
  });
  await exclusively(path, async () => t.pass());
});

test('a process that is killed holds nothing', async (t) => {
  const directory = await emptyDirectory(t);
  const path = join(directory, 'secrets.yaml');
  const program = `
    const { exclusively } = await import(${JSON.stringify(join(import.meta.dirname, 'exclusive.js'))});
    await exclusively(${JSON.stringify(path)}, async () => {
      console.log('held');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  const child = start([process.execPath, '--input-type=module', '--eval', program]);
  child.stderr.resume();
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await t.throwsAsync(exclusively(path, async () => {}, { patienceMs: 0 }));
  await child.kill();
  await exclusively(path, async () => t.pass(), { patienceMs: 5000 });
});

test('of processes that open one bundle at once, none loses what another made', async (t) => {
  t.timeout(2 * 60_000);
  const path = join(await emptyDirectory(t), 'out', 'secrets.yaml');
  const names = Array.from({ length: 6 }, (_, at) => `w${at}`);
  await Promise.all(names.map((name) => openInChild(path, [name])));
  const place = { path, site: 'plant7', keyring: keyringOf() };
  const first = await readBundle(place);
  t.deepEqual(Object.keys(first?.secrets.tokens.workers ?? {}), names);
  const before = await readFile(path, 'utf8');
  await Promise.all([...names, ...names].map((name) => openInChild(path, [name])));
  t.is(await readFile(path, 'utf8'), before);
  await rm(path);
  t.is(await readBundle({ ...place, site: tinySite({}).name }), undefined);
});
