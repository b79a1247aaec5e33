import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { fixedEntropy, keyringOf, TODAY, tinySite } from '../../testing/site-secrets.ts';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import { writePrivate } from './bundle-file.ts';
import { formatBundle } from './bundle-schema.ts';
import { changeBundle, type Kept, readBundle } from './bundle-store.ts';
import { makeSecrets, withWorkers } from './complete.ts';

const SECRETS = await makeSecrets(tinySite({ c1: 'controller', w1: 'worker' }), {
  now: TODAY,
  entropy: fixedEntropy('store'),
});

const kept = (names: readonly string[]): Kept => {
  const workers = names.map((name, at) => [name, { ...SECRETS.tokens.shared, id: `token${at}` }]);
  return { secrets: withWorkers(SECRETS, Object.fromEntries(workers)), seal: { kind: 'plain' } };
};

test('what another machine wrote meanwhile is not lost', async (t) => {
  const path = join(await emptyDirectory(t), 'secrets.yaml');
  const place = { path, site: 'plant7', keyring: keyringOf() };
  const seen: (readonly string[])[] = [];
  await changeBundle(place, async (before) => {
    const names = Object.keys(before?.secrets.tokens.workers ?? {});
    seen.push(names);
    if (seen.length === 1) {
      const { secrets } = kept(['theirs']);
      await writePrivate(path, formatBundle({ secrets, recipients: [] }));
    }
    return kept([...names, 'ours']);
  });
  t.deepEqual(seen, [[], ['theirs']]);
  const after = await readBundle(place);
  t.deepEqual(Object.keys(after?.secrets.tokens.workers ?? {}).sort(), ['ours', 'theirs']);
});

test('a change that fails leaves nothing behind, not even a directory', async (t) => {
  const directory = await emptyDirectory(t);
  const path = join(directory, 'a', 'b', 'secrets.yaml');
  const place = { path, site: 'plant7', keyring: keyringOf() };
  const failing = changeBundle(place, async () => {
    throw new Error('no');
  });
  await t.throwsAsync(failing, { message: 'no' });
  t.deepEqual(await readdir(directory), []);
});
