import { access, rm } from 'node:fs/promises';
import test from 'ava';
import { Box, makeAuthority, makeKey, ownAddress, SITE } from '../builder/testing/stand-in-box.ts';
import {
  firstController,
  placeToken,
  type TokenWish,
  UP,
} from '../builder/testing/stand-in-cluster.ts';

interface NodeList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
    readonly spec: { readonly taints: readonly unknown[] };
    readonly status: { readonly conditions: readonly { readonly status: string }[] };
  }[];
}

test('a worker joins with a valid token, and its node becomes ready', async (t) => {
  const first = await firstController(t);
  const worker = await Box.create(t, 'worker-1');
  const file = await placeToken(first, worker, { role: 'worker', valid: '1h' });
  await worker.startWorker('--token-file', file, '--labels=rack=7', '--taints=gpu=yes:NoSchedule');
  await worker.logs('worker is running');
  const nodes: NodeList = JSON.parse((await first.admin('/api/v1/nodes')).body);
  t.is(nodes.items.length, 1);
  t.like(nodes.items[0], {
    metadata: { name: 'worker-1', labels: { rack: '7', 'kubernetes.io/hostname': 'worker-1' } },
    spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] },
    status: { conditions: [{ status: 'True' }] },
  });
  const status = JSON.parse((await worker.command('status', '-o', 'json')).stdout);
  t.like(status, {
    Role: 'worker',
    Workloads: true,
    WorkerToAPIConnectionStatus: { Success: true },
  });
  await worker.stop();
  await rm(file);
  await worker.startWorker('--token-file', file);
  await worker.logs('Node was previously registered');
});

const refused = test.macro(async (t, wish: TokenWish, message: string) => {
  const first = await firstController(t);
  const worker = await Box.create(t, 'worker-1');
  await worker.startWorker('--token-file', await placeToken(first, worker, wish));
  await worker.logs(message);
  await t.throwsAsync(access(worker.path('run/status.sock')), { code: 'ENOENT' });
  await t.throwsAsync(access(worker.path('data/kubelet.conf')), { code: 'ENOENT' });
  t.is(JSON.parse((await first.admin('/api/v1/nodes')).body).items.length, 0);
});

const OTHER = makeAuthority('kubernetes-ca', makeKey());

test('an expired token is refused', refused, { role: 'worker', valid: '1ns' }, 'Unauthorized');
test('an unknown token is refused', refused, { role: 'worker', isKnown: false }, 'Unauthorized');
test(
  "another site's authority is refused",
  refused,
  { role: 'worker', ca: OTHER.certificate },
  'unknown authority',
);
test(
  "a controller's token is none for a worker",
  refused,
  { role: 'controller' },
  'wrong token type',
);

test('a worker without its controller tries again, and says where', async (t) => {
  const [gone, worker] = [await Box.create(t, 'gone'), await Box.create(t, 'worker-1')];
  await worker.startWorker('--token-file', await placeToken(gone, worker, { role: 'worker' }));
  await worker.logs('attempt 2 of 10');
  t.regex(worker.log, new RegExp(`dial tcp ${gone.address}:6443: connect: connection refused`));
  await worker.stop();
  t.is((await worker.ended()) ?? 0, 0);
});

test('a second controller joins, has the state of the first, and survives it', async (t) => {
  const first = await firstController(t);
  const second = await Box.create(t, 'second');
  await second.placeOwn();
  const file = await placeToken(first, second, { role: 'controller' });
  await second.startController('--token-file', file);
  await second.logs('answers');
  await first.logs('promoted from learner to voting member');
  t.is(await second.read('data/pki/ca.key'), SITE.key);
  const members = JSON.parse((await second.command('etcd', 'member-list')).stdout);
  t.deepEqual(members, {
    members: { first: `https://${first.address}:2380`, second: `https://${second.address}:2380` },
  });
  const [one, other] = [
    await first.admin('/api/v1/namespaces/kube-system'),
    await second.admin('/api/v1/namespaces/kube-system'),
  ];
  t.is(one.body, other.body);

  await first.kill();
  await rm(file);
  await second.stop();
  await second.startController('--token-file', file);
  await second.logs(UP);
  t.is((await second.admin('/api/v1/nodes')).status, 200);
});

test('joining etcd is not idempotent: a wiped controller joins only after its old member left', async (t) => {
  const first = await firstController(t);
  const secondAddress = ownAddress();
  const rejoin = async (): Promise<Box> => {
    const box = await Box.create(t, 'second', secondAddress);
    await box.placeOwn();
    await box.startController('--token-file', await placeToken(first, box, { role: 'controller' }));
    return box;
  };
  const second = await rejoin();
  await second.logs('answers');
  await second.kill();
  const wiped = await rejoin();
  await wiped.logs('500 Internal Server Error (etcdserver: Peer URLs already exists)');
  await wiped.kill();
  t.regex(
    (await first.command('etcd', 'leave', '--peer-address', secondAddress)).stdout,
    /Successfully deleted second/,
  );
  const again = await rejoin();
  await again.logs('answers');
  t.like(JSON.parse((await again.command('etcd', 'member-list')).stdout), {
    members: { second: `https://${secondAddress}:2380` },
  });
});

test('a controller that was removed while it was off does not come back', async (t) => {
  const first = await firstController(t);
  const second = await Box.create(t, 'second');
  await second.placeOwn();
  await second.startController(
    '--token-file',
    await placeToken(first, second, { role: 'controller' }),
  );
  await second.logs('answers');
  await second.stop();
  await first.command('etcd', 'leave', '--peer-address', second.address);
  await second.startController();
  await second.logs('permanently removed from the cluster');
  t.is((await second.ask(6443, '/readyz', { ca: SITE.certificate })).status, 500);
});

test('a controller with a token that is refused joins nothing and bootstraps nothing', async (t) => {
  const first = await firstController(t);
  const second = await Box.create(t, 'second');
  const file = await placeToken(first, second, { role: 'controller', isKnown: false });
  await second.startController('--token-file', file);
  await second.logs('unexpected response status when trying to fetch CA: 401 Unauthorized');
  await second.stop();
  await second.startController('--token-file', second.path('none'));
  await second.logs('not found: obtain a new token');
  t.is(await second.ended(), 1);
  await t.throwsAsync(access(second.path('data/etcd/member/snap/db')), { code: 'ENOENT' });
});

test('the join API gives nothing to who has no controller token', async (t) => {
  const first = await firstController(t);
  const box = await Box.create(t, 'asks');
  const worker = await placeToken(first, box, { role: 'worker' });
  const bearer = worker.slice(worker.indexOf('token_') + 'token_'.length);
  const ca = SITE.certificate;
  for (const given of [undefined, 'abcdef.0123456789abcdef', bearer]) {
    const question = given === undefined ? { ca } : { ca, token: given };
    t.is((await first.ask(9443, '/v1beta1/ca', question)).status, 401, given);
  }
  t.is((await first.ask(9443, '/v1beta1/nothing', { ca, token: bearer })).status, 404);
  t.is(
    (await first.ask(6443, '/api/v1/nodes', { ca, token: 'abcdef.0123456789abcdef' })).status,
    401,
  );
  t.is((await first.ask(6443, '/api/v1/nodes', { ca })).status, 403);
  await t.throwsAsync(first.ask(6443, '/readyz', { ca: OTHER.certificate }));
});

test('tokens are made, listed and invalidated while a controller runs', async (t) => {
  const box = await firstController(t);
  t.regex((await box.command('token', 'list')).stdout, /No k0s join tokens found/);
  const text = (await box.command('token', 'create', '--role=worker', '--expiry=1h')).stdout;
  const worker = await Box.create(t, 'worker-1');
  await worker.startWorker('--token-file', await worker.write('token', text));
  await worker.logs('worker is running');
  const id =
    /^([a-z0-9]{6}) +worker +\d{4}-/m.exec((await box.command('token', 'list')).stdout)?.[1] ?? '';
  t.is((await box.command('token', 'invalidate', id)).exitCode, 0);
  t.regex((await box.command('token', 'invalidate', id)).stderr, /not found/);
});
