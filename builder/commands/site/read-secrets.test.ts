import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { describeError } from '../../report/errors.ts';
import { SILENT } from '../../report/progress.ts';
import { firstController, site, siteNode } from '../../testing/site-fixture.ts';
import { fixedEntropy, TODAY } from '../../testing/site-secrets.ts';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import { openSiteSecrets, readSiteSecrets } from './secrets-options.ts';

const worker = (name: string) => siteNode(name, 'worker', 21);
const SMALL = site([firstController(), worker('w1')]);

async function setup(t: ExecutionContext, env: NodeJS.ProcessEnv = {}) {
  t.timeout(2 * 60_000);
  const directory = await emptyDirectory(t);
  const file = join(directory, 'plant7.yaml');
  const signal = new AbortController().signal;
  const session = { progress: SILENT, signal, env, now: TODAY };
  const make = async () =>
    (await openSiteSecrets({ file, site: SMALL }, {}, session, fixedEntropy('made'))).secrets;
  const read = (of = SMALL) => readSiteSecrets({ file, site: of }, {}, session);
  const refusal = async (of = SMALL): Promise<string> =>
    describeError(await t.throwsAsync(read(of))).replaceAll(`${directory}/`, '');
  return { bundle: join(directory, 'plant7.secrets'), make, read, refusal };
}

test('secrets that are there are read, encrypted ones too, and are left as they are', async (t) => {
  for (const env of [{}, { KILN_PASSPHRASE: 'correct horse battery staple' }]) {
    const { make, read, bundle } = await setup(t, env);
    const made = await make();
    const before = await stat(bundle);
    t.deepEqual(await read(), made);
    t.is((await stat(bundle)).mtimeMs, before.mtimeMs);
  }
});

test('secrets that are not there are not made: the command that makes them is told', async (t) => {
  const { refusal, bundle } = await setup(t);
  t.snapshot(await refusal());
  await t.throwsAsync(stat(bundle));
});

test('neither is the token of a new worker', async (t) => {
  const { make, refusal, read } = await setup(t);
  await make();
  t.snapshot(await refusal(site([...SMALL.nodes, worker('w2')])));
  t.snapshot(await refusal(site([...SMALL.nodes, worker('w2'), worker('w3'), worker('w4')])));
  await read(site([...SMALL.nodes, worker('w2')], { workerTokens: 'shared' }));
});
