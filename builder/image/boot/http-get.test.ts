import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../report/scratch.ts';
import { run } from '../../tools/run.ts';
import { PROJECT_DIRECTORY } from '../definition/project.ts';

const SCRIPT = join(PROJECT_DIRECTORY, 'overlays/netboot/usr/lib/kiln/http-get');
const FILE = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 251));

interface Outcome {
  readonly exitCode: number;
  readonly said: string;
  readonly bytes: Buffer | undefined;
}

/** Has the script get a file from a server, over what it had of it before. */
async function get(handler: RequestListener, before?: Buffer, path = '/root'): Promise<Outcome> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    return await getFrom(`http://127.0.0.1:${port}${path}`, before);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function getFrom(address: string, before?: Buffer): Promise<Outcome> {
  await using scratch = await Scratch.create('http-get');
  const file = join(scratch.path, 'file');
  if (before !== undefined) await writeFile(file, before);
  const { stdout, exitCode } = await run(['/bin/bash', SCRIPT, address, file], {
    env: { PATH: '/usr/bin:/bin', KILN_STALL_SECONDS: '1' },
    okExitCodes: [0, 1, 2],
  });
  const bytes = await readFile(file).catch(() => undefined);
  const said = stdout.trim().replaceAll(/:\d+\b|port \d+/g, ':port');
  return { exitCode, said, bytes };
}

/** A server that knows ranges. */
const ranges: RequestListener = (request, response) => {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]);
  if (start >= FILE.length) {
    response.writeHead(416).end();
    return;
  }
  const part = FILE.subarray(start);
  response.writeHead(206, { 'content-length': part.length }).end(part);
};

test('a file comes whole, and what there was of it is continued', async (t) => {
  for (const before of [undefined, FILE.subarray(0, 100_001)]) {
    const { exitCode, bytes } = await get(ranges, before);
    t.is(exitCode, 0);
    t.true(bytes?.equals(FILE));
  }
});

test('a server that knows no ranges sends it from the start', async (t) => {
  const handler: RequestListener = (_, response) => {
    response.writeHead(200, { 'Content-LENGTH': FILE.length }).end(FILE);
  };
  const { exitCode, bytes } = await get(handler, Buffer.from('old'));
  t.is(exitCode, 0);
  t.true(bytes?.equals(FILE));
});

test('a file that is longer here than there begins anew', async (t) => {
  const { exitCode, said, bytes } = await get(ranges, Buffer.concat([FILE, FILE]));
  t.is(exitCode, 1);
  t.is(bytes, undefined);
  t.regex(said, /is shorter than what came before/);
});

test('a connection that breaks leaves what came, and says what is missing', async (t) => {
  const { exitCode, said, bytes } = await get((_, response) => {
    response.writeHead(206, { 'content-length': FILE.length });
    response.write(FILE.subarray(0, 1000), () => setTimeout(() => response.destroy(), 50));
  });
  t.is(exitCode, 1);
  t.is(said, '299000 bytes of http://127.0.0.1:port/root did not come');
  t.true(bytes?.equals(FILE.subarray(0, 1000)));
});

test('a server that stops in the middle is left after a while', async (t) => {
  const { exitCode, said } = await get((_, response) => {
    response.writeHead(206, { 'content-length': FILE.length });
    response.write(FILE.subarray(0, 1000));
  });
  t.is(exitCode, 1);
  t.is(said, '127.0.0.1 has stopped in the middle of http://127.0.0.1:port/root');
});

test('a server that says nothing, no server, and answers that are none are worth another try', async (t) => {
  const silent = await get(() => undefined);
  t.deepEqual([silent.exitCode, silent.said], [1, '127.0.0.1 says nothing']);
  const busy = await get((_, response) => response.writeHead(503).end());
  t.deepEqual(
    [busy.exitCode, busy.said],
    [1, '127.0.0.1 answers 503 for http://127.0.0.1:port/root'],
  );
  const endless = await get((_, response) => response.writeHead(200).write('x'));
  t.is(endless.said, '127.0.0.1 does not say how long http://127.0.0.1:port/root is');

  const closed = createTcpServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const address = closed.address();
  closed.close();
  await once(closed, 'close');
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const nobody = await getFrom(`http://127.0.0.1:${port}/root`);
  t.deepEqual([nobody.exitCode, nobody.said], [1, '127.0.0.1 does not answer on :port']);
});

test('what a server does not have or does not give needs another address', async (t) => {
  const gone = await get((_, response) => response.writeHead(404).end());
  t.deepEqual(
    [gone.exitCode, gone.said],
    [2, '127.0.0.1 answers 404 for http://127.0.0.1:port/root'],
  );
  for (const address of ['https://127.0.0.1/root', 'ftp://x/', 'http://127.0.0.1', 'http://a b/']) {
    const { exitCode, said } = await getFrom(address);
    t.deepEqual([exitCode, said], [2, `${address} is no address that starts with http://`]);
  }
});
