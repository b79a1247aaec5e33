import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import { PATH, QUICK, setup, withoutPorts } from '../../testing/store-fixture.ts';
import { fetchText } from './fetch.ts';

test('a document is fetched, from the next mirror if the first has none', async (t) => {
  const { servers } = await setup(t, 2);
  servers[1]!.put('/InRelease', 'signed');
  const urls = servers.map(({ url }) => `${url}/InRelease`);
  t.is(String(await fetchText(urls, { patience: QUICK, env: {} })), 'signed');
});

test('a document that its check refuses is asked of the next mirror', async (t) => {
  const { servers } = await setup(t, 2);
  servers[0]!.put('/InRelease', 'old');
  servers[1]!.put('/InRelease', 'new');
  const check = (document: Buffer) => {
    if (String(document) === 'old') throw new KilnError('verification', 'has expired');
  };
  const urls = servers.map(({ url }) => `${url}/InRelease`);
  t.is(String(await fetchText(urls, { patience: QUICK, env: {}, check })), 'new');
  const error = await t.throwsAsync(
    fetchText(urls.slice(0, 1), { patience: QUICK, env: {}, check }),
    { instanceOf: KilnError },
  );
  t.is(error.message, 'has expired');
});

test('a document that is too long is refused', async (t) => {
  const { server } = await setup(t);
  const error = await t.throwsAsync(
    fetchText([server.url + PATH], {
      patience: QUICK,
      env: {},
      limitBytes: 1000,
      name: 'InRelease',
    }),
    { instanceOf: KilnError },
  );
  t.snapshot(withoutPorts(error.message));
});
