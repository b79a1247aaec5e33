import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import { startFetch } from '../../testing/fetch-child.ts';
import { startProxy } from '../../testing/proxy-server.ts';
import { contentsOf, fetchQuickly, STORED, setup } from '../../testing/store-fixture.ts';
import { startTlsServer } from '../../testing/tls-server.ts';
import { proxyFor, proxyHeaders } from './proxy.ts';

const PROXY = 'http://proxy.example.test:3128';

const chosen = test.macro(
  (t, url: string, env: Readonly<Record<string, string>>, expected: string | undefined) => {
    t.is(proxyFor(new URL(url), env)?.href, expected && new URL(expected).href);
  },
);

test('no proxy by default', chosen, 'http://a.example.test/', {}, undefined);
test('http_proxy is for http', chosen, 'http://a.example.test/', { http_proxy: PROXY }, PROXY);
test(
  'http_proxy is not for https',
  chosen,
  'https://a.example.test/',
  { http_proxy: PROXY },
  undefined,
);
test('https_proxy is for https', chosen, 'https://a.example.test/', { https_proxy: PROXY }, PROXY);
test('HTTPS_PROXY too', chosen, 'https://a.example.test/', { HTTPS_PROXY: PROXY }, PROXY);
test('HTTP_PROXY is not read', chosen, 'http://a.example.test/', { HTTP_PROXY: PROXY }, undefined);
test('all_proxy is for both', chosen, 'https://a.example.test/', { all_proxy: PROXY }, PROXY);
test(
  'the scheme may be left out',
  chosen,
  'http://a.example.test/',
  { http_proxy: 'proxy.example.test:3128' },
  PROXY,
);
for (const list of [
  'a.example.test',
  '.example.test',
  'example.test',
  'b.test, *.example.test',
  '*',
]) {
  test(
    `no_proxy: ${list}`,
    chosen,
    'http://a.example.test/',
    { http_proxy: PROXY, no_proxy: list },
    undefined,
  );
}
test(
  'no_proxy: ample.test',
  chosen,
  'http://a.example.test/',
  { http_proxy: PROXY, no_proxy: 'ample.test' },
  PROXY,
);

test('a proxy that is not http is an error', (t) => {
  const env = { http_proxy: 'socks5://proxy.example.test' };
  t.throws(() => proxyFor(new URL('http://a.example.test/'), env), { instanceOf: KilnError });
});

test('user and password of a proxy are sent', (t) => {
  t.deepEqual(proxyHeaders(new URL('http://joe:p%40ss@proxy.example.test')), {
    'Proxy-Authorization': `Basic ${Buffer.from('joe:p@ss').toString('base64')}`,
  });
});

test('downloads go through the proxy', async (t) => {
  const { store, wanted } = await setup(t);
  const proxy = await startProxy();
  await fetchQuickly([wanted], store, { env: { http_proxy: proxy.url } });
  t.deepEqual(proxy.seen, [`GET ${wanted.urls[0]}`]);
  proxy.close();
});

test('https goes through a tunnel, and what is no TLS at its end is named', async (t) => {
  const { store, wanted } = await setup(t);
  const proxy = await startProxy();
  const urls = wanted.urls.map((url) => url.replace('http:', 'https:'));
  const error = await t.throwsAsync(
    fetchQuickly([{ ...wanted, urls }], store, { env: { https_proxy: proxy.url } }),
    { instanceOf: KilnError },
  );
  t.is(proxy.seen[0], `CONNECT ${new URL(wanted.urls[0]!).host}`);
  t.regex(error.message, /: no TLS on this port$/);
  proxy.close();
});

test('a proxy that refuses is named as the one that did', async (t) => {
  const { store, wanted } = await setup(t);
  const proxy = await startProxy();
  const error = await t.throwsAsync(
    fetchQuickly([{ ...wanted, urls: ['https://refused.example.test/a'] }], store, {
      env: { https_proxy: proxy.url },
    }),
    { instanceOf: KilnError },
  );
  t.regex(error.message, /: the proxy answered 403 Forbidden$/);
  proxy.close();
});

test('https works through a tunnel', async (t) => {
  const { root, wanted } = await setup(t);
  const proxy = await startProxy();
  await using server = await startTlsServer(wanted.urls[0]!);
  await writeFile(join(root, 'ca.pem'), server.certificate);
  const file = { ...wanted, urls: [server.url] };
  const child = startFetch(root, file, {
    NODE_EXTRA_CA_CERTS: join(root, 'ca.pem'),
    https_proxy: proxy.url,
  });
  t.is(await child.exited, 0);
  t.deepEqual(proxy.seen, [`CONNECT ${new URL(server.url).host}`]);
  t.deepEqual(await contentsOf(t, root), ['ca.pem', STORED]);
  proxy.close();
});

test('a certificate that nobody vouches for is refused', async (t) => {
  const { store, wanted } = await setup(t);
  await using server = await startTlsServer(wanted.urls[0]!);
  const error = await t.throwsAsync(fetchQuickly([{ ...wanted, urls: [server.url] }], store), {
    instanceOf: KilnError,
  });
  t.regex(error.message, /: its certificate is self-signed$/);
});
