import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Scratch } from '../report/scratch.ts';
import { sha256 } from '../report/sha256.ts';
import { Clients, type Stage } from './clients.ts';
import { BINARY } from './http/resource.ts';
import { SeedKeeper } from './seeds/keeper.ts';
import { type Part, type Served, startScript } from './served.ts';
import { PxeServer } from './server.ts';

const HOST = '127.0.0.1';
const MACHINES = 50;

/** Machine number n: its own address on the loopback interface, its hardware address, its secret. */
const addressOf = (n: number): string => `127.0.1.${n + 1}`;
const macOf = (n: number): string => `52:54:00:00:00:${n.toString(16).padStart(2, '0')}`;
const secretOf = (n: number): string => `secret of node ${n}`;
const byAddress = new Map(Array.from({ length: MACHINES }, (_, n) => [addressOf(n), macOf(n)]));

/** Every second one is installed onto its disk. */
const seedOf = (n: number) => ({
  name: `n${n}`,
  installs: n % 2 === 1,
  macs: [macOf(n)],
  files: { 'meta-data': secretOf(n), 'user-data': '#cloud-config\n' },
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
}

async function start(server: PxeServer, path: string, ask: Ask): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, from = HOST } = ask;
  const request = httpRequest({
    ...{ host: HOST, port: server.port, path, method, headers, localAddress: from },
    agent: false,
  });
  request.end();
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (response === undefined) throw new Error('no response');
  return response;
}

async function get(server: PxeServer, path: string, ask: Ask = {}): Promise<Answer> {
  const response = await start(server, path, ask);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

function servedOf(part: Part, path: string, bytes: Buffer): Served {
  const content = { kind: 'file', path } as const;
  const resource = { sizeBytes: bytes.length, sha256: sha256(bytes), type: BINARY, content };
  return { part, resource };
}

/** A server with its files, which end with the test: one that is left open keeps the test's process from its end. */
async function setup(t: ExecutionContext, rootBytes: number) {
  const scratch = await Scratch.create('pxe');
  const root = Buffer.alloc(rootBytes, 'Kiln ');
  const kernel = Buffer.from('kernel');
  const empty = Buffer.alloc(0);
  const parts: [Part, string, Buffer][] = [
    ['root', 'root', root],
    ['kernel', 'kernel', kernel],
    ['hash tree', 'tree', kernel],
    ['other', 'empty', empty],
    ['installer files', 'system.efi', kernel],
    ...(['diskless', 'install', 'disk'] as const).map((start): [Part, string, Buffer] => {
      return ['boot script', startScript(start), Buffer.from(`${start} script`)];
    }),
  ];
  const files = new Map<string, Served>();
  for (const [part, name, bytes] of parts) {
    const path = join(scratch.path, name.replace('/', '-'));
    await writeFile(path, bytes);
    files.set(name, servedOf(part, path, bytes));
  }
  const clients = new Clients();
  const seeds = new SeedKeeper(Array.from({ length: MACHINES }, (_, n) => seedOf(n)));
  const server = await PxeServer.listen(
    {
      ...{ files, seeds, now: () => 0 },
      neighbours: async (address) => byAddress.get(address),
      onSighting: (sighting) => clients.see(sighting),
    },
    { host: HOST, port: 0 },
  );
  t.teardown(async () => {
    await server[Symbol.asyncDispose]();
    await scratch[Symbol.asyncDispose]();
  });
  return { server, clients, root };
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

test('firmware gets a length for HEAD, and whole files', async (t) => {
  const { server, root } = await setup(t, 1_000_000);
  const head = await get(server, '/root', { method: 'HEAD' });
  t.is(head.status, 200);
  t.is(head.headers['content-length'], '1000000');
  t.is(head.headers['accept-ranges'], 'bytes');
  t.is(head.body.length, 0);
  const whole = await get(server, '/root');
  t.true(whole.body.equals(root));
  t.is(whole.headers.etag, `"${sha256(root)}"`);
  const empty = await get(server, '/empty');
  t.deepEqual([empty.status, empty.headers['content-length'], empty.body.length], [200, '0', 0]);
});

test('parts, and nothing of what a client has already', async (t) => {
  const { server, root } = await setup(t, 1_000_000);
  const etag = `"${sha256(root)}"`;
  const ask = (headers: Readonly<Record<string, string>>) => get(server, '/root', { headers });
  const part = await ask({ range: 'bytes=999000-' });
  t.is(part.status, 206);
  t.is(part.headers['content-range'], 'bytes 999000-999999/1000000');
  t.true(part.body.equals(root.subarray(999_000)));
  const none = await ask({ range: 'bytes=1000000-' });
  t.deepEqual([none.status, none.headers['content-range']], [416, 'bytes */1000000']);
  t.is((await ask({ 'if-none-match': etag })).status, 304);
  t.is((await ask({ 'if-none-match': '"other"' })).status, 200);
  t.is((await ask({ range: 'bytes=1-', 'if-range': etag })).status, 206);
  t.is((await ask({ range: 'bytes=1-', 'if-range': '"other"' })).status, 200);
});

test('only what the server was given can be asked for', async (t) => {
  const { server } = await setup(t, 10);
  const paths = ['/', '/../root', '/%2e%2e/etc/passwd', '/etc/passwd', '/root/', '/%', '/root%00'];
  for (const path of paths) t.is((await get(server, path)).status, 404, path);
  // As no HTTP library would send it.
  const socket = connect(server.port, HOST);
  socket.write('GET /../../../etc/passwd HTTP/1.0\r\n\r\n');
  let raw = '';
  for await (const chunk of socket) raw += String(chunk);
  t.regex(raw, /^HTTP\/1\.1 404 /);
  t.false(raw.includes('root:'));
  t.is((await get(server, '/root', { method: 'PUT' })).status, 405);
  t.is((await get(server, '/root', { method: 'POST' })).status, 405);
});

test('who is no machine of the site gets the image, and nothing secret', async (t) => {
  const { server, clients } = await setup(t, 10);
  t.is((await get(server, '/kernel')).status, 200);
  const { status, body } = await get(server, `/seed/${macOf(0)}//meta-data`);
  t.is(status, 403);
  t.is(body.toString(), 'no seed for you\n');
  t.regex(JSON.stringify(clients.all), /ARP is not sure/);
});

/** Bytes that this thread has: objects, and buffers outside of the heap. Other test files run in the same process. */
function memoryOfThread(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const machine = (n: number, as = n): [string, Ask] => [
  `/machine.ipxe?mac=${macOf(as)}&uuid=4c4c4544-0042-3510-8052-b4c04f4a4e31&serial=S`,
  { from: addressOf(n) },
];

test('a node with an order for the installer gets it, installs, and then starts from its disk', async (t) => {
  const { server, clients } = await setup(t, 10);
  const script = async (n: number, as?: number) =>
    (await get(server, ...machine(n, as))).body.toString();
  // A client has its answer a moment before the server knows that it has.
  const comesTo = async (kind: Stage['kind']): Promise<void> => {
    const stage = () => clients.all.find(({ id }) => id === macOf(1))?.stage.kind;
    for (let i = 0; i < 100 && stage() !== kind; i += 1) await sleep(20);
    t.is(stage(), kind);
  };
  const from = addressOf(1);
  const done = () => get(server, '/installed', { from, method: 'POST' });

  t.is((await done()).status, 404);
  t.is(await script(1), 'install script');
  await comesTo('boot script');
  await get(server, '/kernel', { from });
  await get(server, '/tree', { from });
  t.is((await get(server, '/system.efi', { from, method: 'HEAD' })).status, 200);
  await comesTo('starts');
  t.is((await get(server, '/system.efi', { from })).status, 200);
  await comesTo('installer files');
  t.is((await get(server, `/seed/${macOf(1)}/u-/s-/meta-data`, { from })).status, 200);
  await comesTo('installing');
  // Cut off: it installs again.
  t.is(await script(1), 'install script');
  t.is((await done()).status, 204);
  await comesTo('installed');
  t.is(await script(1), 'disk script');
  await comesTo('from disk');
});

test('nobody else gets what could install: nodes without an order, strangers, who says that it is another machine', async (t) => {
  const { server, clients } = await setup(t, 10);
  const script = async (ask: [string, Ask]) => (await get(server, ...ask)).body.toString();
  t.is(await script(machine(2)), 'diskless script');
  t.is(await script(machine(2, 1)), 'diskless script');
  t.is(await script(['/machine.ipxe', { from: addressOf(3) }]), 'diskless script');
  t.is(await script([machine(1)[0], {}]), 'diskless script');
  for (const start of ['install', 'disk'] as const) {
    t.is((await get(server, `/${startScript(start)}`, { from: addressOf(1) })).status, 404);
  }
  t.is((await get(server, '/installed', { method: 'POST', from: addressOf(2) })).status, 404);
  t.is((await get(server, '/installed', { from: addressOf(2) })).status, 404);
  const plate = { serial: 'S', uuid: '4c4c4544-0042-3510-8052-b4c04f4a4e31' };
  t.deepEqual(clients.all.find(({ id }) => id === macOf(2))?.plate, plate);
});

test('50 machines at once get the root and each only its own seed, and the server stays small', async (t) => {
  t.timeout(180_000);
  const rootBytes = 24_000_000;
  const { server, clients, root } = await setup(t, rootBytes);
  const expected = sha256(root);
  const digests: string[] = [];
  const seeds: Answer[] = [];
  global.gc?.();
  const before = memoryOfThread();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, memoryOfThread());
  }, 20);
  const boot = async (n: number): Promise<void> => {
    const from = addressOf(n);
    const other = (n + 1) % MACHINES;
    const script = (await get(server, ...machine(n))).body.toString();
    t.is(script, n % 2 === 1 ? 'install script' : 'diskless script');
    t.is((await get(server, '/kernel', { from })).status, 200);
    if (n % 2 === 1) t.is((await get(server, '/system.efi', { from })).status, 200);
    const response = await start(server, '/root', { from });
    // All of them wait at the same time: what a server does not hold back would be in memory now.
    await sleep(1500);
    const hash = createHash('sha256');
    for await (const chunk of response) hash.update(chunk);
    digests.push(hash.digest('hex'));
    await get(server, '/tree', { from });
    t.is((await get(server, `/seed/${macOf(other)}/S/meta-data`, { from })).status, 403);
    const seed = await get(server, `/seed/${macOf(n)}//meta-data`, { from });
    t.is(seed.body.toString(), secretOf(n));
    t.is(seed.headers['cache-control'], 'no-store');
    seeds.push(seed, await get(server, `/seed/${macOf(n)}//user-data`, { from }));
    t.is((await get(server, `/seed/${macOf(n)}//meta-data`, { from })).status, 403);
    t.is((await get(server, `/seed/${macOf(n)}//network-config`, { from })).status, 404);
    const { status } = await get(server, '/installed', { from, method: 'POST' });
    t.is(status, n % 2 === 1 ? 204 : 404);
  };
  await Promise.all(Array.from({ length: MACHINES }, (_, n) => boot(n)));
  clearInterval(watch);
  t.deepEqual(digests, Array(MACHINES).fill(expected));
  t.is(seeds.filter(({ status }) => status === 200).length, 2 * MACHINES);
  t.is(clients.all.length, MACHINES);
  const grown = megabytes(most - before);
  t.log(`${grown} MB more while ${(MACHINES * megabytes(rootBytes)).toString()} MB went out`);
  t.true(grown < 200, `${grown} MB`);
});

test('a machine that goes away in the middle leaves nothing open', async (t) => {
  const { server } = await setup(t, 20_000_000);
  for (let n = 0; n < 20; n++) {
    const response = await start(server, '/root', { from: addressOf(n) });
    response.destroy();
  }
  t.is((await get(server, '/kernel')).status, 200);
});

test('a port that another program has is told with a way out', async (t) => {
  const { server } = await setup(t, 10);
  const files = new Map<string, Served>();
  const input = { files, neighbours: async () => undefined, now: () => 0, onSighting: () => {} };
  await t.throwsAsync(PxeServer.listen(input, { host: HOST, port: server.port }), {
    code: 'host',
    message: /cannot be had: EADDRINUSE/,
  });
});
