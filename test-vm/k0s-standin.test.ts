import { X509Certificate } from 'node:crypto';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { PROJECT_DIRECTORY } from '../builder/image/definition/project.ts';
import { Box, SITE } from '../builder/testing/stand-in-box.ts';
import { firstController, UP } from '../builder/testing/stand-in-cluster.ts';
import { testToolbox } from '../builder/testing/toolbox.ts';
import { run } from '../builder/tools/run.ts';

const STAND_IN = join(PROJECT_DIRECTORY, 'test-vm', 'k0s-standin');

test("the stand-in's modules pass their unit tests", async (t) => {
  t.timeout(5 * 60_000);
  const toolbox = await testToolbox();
  const argv = [
    '-m',
    'unittest',
    'discover',
    '--start-directory',
    join(STAND_IN, 'tests'),
    '--buffer',
  ];
  const { stdout, stderr, exitCode } = await run([...toolbox.command('python3.13'), ...argv], {
    env: { ...toolbox.env, PYTHONPATH: STAND_IN },
    okExitCodes: [0, 1],
  });
  t.is(exitCode, 0, `${stdout}\n${stderr}`);
});

test('a controller keeps the authority that it finds, and issues its certificates from it', async (t) => {
  const box = await firstController(t);
  t.is(await box.read('data/pki/ca.crt'), SITE.certificate);
  const ca = new X509Certificate(SITE.certificate);
  const server = await box.certificate('server');
  t.true(server.checkIssued(ca) && server.verify(ca.publicKey));
  t.is(server.checkIP(box.address), box.address);
  t.is(
    server.checkHost('kubernetes.default.svc.cluster.local'),
    'kubernetes.default.svc.cluster.local',
  );
  t.is((await box.certificate('admin')).subject, 'O=system:masters\nCN=kubernetes-admin');
  const days = (Date.parse(server.validTo) - Date.now()) / 86_400_000;
  t.true(days > 364 && days < 366, `${days}`);
  t.is((await box.ask(6443, '/readyz', { ca: SITE.certificate })).body, 'ok');
});

test('each line of the log says that it is not Kubernetes', async (t) => {
  const box = await firstController(t);
  await box.stop();
  for (const line of box.log.trim().split('\n')) t.regex(line, /not Kubernetes/);
});

test('two bootstraps under one authority are two clusters: what the twin guard is for', async (t) => {
  const [one, other] = await Promise.all([firstController(t), firstController(t)]);
  const uid = async (box: Box) => (await box.admin('/api/v1/namespaces/kube-system')).body;
  t.not(await uid(one), await uid(other));
});

test('a restart renews certificates and keeps the cluster; a cut of power at any time does no harm', async (t) => {
  const box = await firstController(t);
  const before = [
    await box.admin('/api/v1/namespaces/kube-system'),
    (await box.certificate('server')).serialNumber,
  ];
  await box.kill();
  await box.startController();
  await box.logs(UP);
  const after = [
    await box.admin('/api/v1/namespaces/kube-system'),
    (await box.certificate('server')).serialNumber,
  ];
  t.deepEqual(after[0], before[0]);
  t.not(after[1], before[1]);
});

test('a single node is controller and worker, and cannot be joined', async (t) => {
  t.timeout(2 * 60_000);
  const box = await Box.create(t, 'alone');
  await box.placeSite();
  await box.startController('--single', box.kubeletFlag);
  await box.logs('kubelet of node alone is up');
  const { stdout } = await box.command('status', '-o', 'json');
  t.like(JSON.parse(stdout), { Role: 'controller', Workloads: true, SingleNode: true });
  t.regex((await box.command('token', 'create')).stderr, /cannot join into a single node cluster/);
  await t.throwsAsync(box.ask(9443, '/v1beta1/ca', { ca: SITE.certificate }), {
    code: 'ECONNREFUSED',
  });
  await access(box.path('data/db/state.db'));
});

test('one k0s runs on a host', async (t) => {
  const box = await firstController(t);
  await box.startWorker('--token-file', box.path('none'));
  t.is(await box.ended(), 1);
  t.regex(box.log, /k0s is already running/);
});

test('SIGTERM ends a controller with exit code 0 and leaves no socket', async (t) => {
  const box = await firstController(t);
  const ended = box.ended();
  await box.stop();
  t.is(await ended, 0);
  t.deepEqual(await readdir(box.path('run')), ['k0s.yaml.lock']);
  const { exitCode, stderr } = await box.command('status');
  t.is(exitCode, 1);
  t.regex(stderr, /can't reach k0s, is it running\?/);
});

test("kubeconfigs of the administrator and of a user are the API's", async (t) => {
  const box = await firstController(t);
  const flags = ['--config', box.path('k0s.yaml'), '--data-dir', box.path('data')];
  const admin = parse((await box.command('kubeconfig', 'admin', ...flags)).stdout);
  t.is(admin.clusters[0].cluster.server, `https://${box.address}:6443`);
  await box.stop();
  const made = await box.command(
    'kubeconfig',
    'create',
    'eve',
    '--groups=a,b',
    '--certificate-expires-after=1h',
    ...flags,
  );
  const user = parse(made.stdout).users[0].user;
  const certificate = new X509Certificate(Buffer.from(user['client-certificate-data'], 'base64'));
  t.is(certificate.subject, 'O=a\nO=b\nCN=eve');
  t.true(certificate.verify(new X509Certificate(SITE.certificate).publicKey));
});

test('a directory that cannot be written is named', async (t) => {
  const box = await Box.create(t, 'box');
  const file = await box.write('file', '');
  const flags = ['--config', box.path('k0s.yaml'), '--ignore-pre-flight-checks'];
  const { stderr, exitCode } = await box.command(
    'controller',
    ...flags,
    '--data-dir',
    `${file}/data`,
  );
  t.is(exitCode, 1);
  t.regex(stderr, /^Error: .*file\/data: Not a directory/m);
});

test('what k0s would refuse is refused before anything is written', async (t) => {
  const box = await Box.create(t, 'box');
  const bad = await box.write('bad.yaml', box.config('  network: { podCidr: 10.0.0.0/8 }\n'));
  const tries: readonly (readonly [RegExp, ...(readonly string[])])[] = [
    [/unknown flag: --nothing/, 'controller', '--nothing'],
    [/unknown command "nothing"/, 'nothing'],
    [/unknown component nothing/, 'controller', '--disable-components=nothing'],
    [/you can only pass one token source/, 'controller', 'token', '--token-file=/x'],
    [/spec.network: unknown field "podCidr"/, 'controller', '--config', bad],
    [/spec.network: unknown field "podCidr"/, 'config', 'validate', '--config', bad],
    [/open \/none.yaml: no such file/, 'config', 'validate', '--config=/none.yaml'],
    [
      /no join token given/,
      'worker',
      '--ignore-pre-flight-checks',
      '--data-dir',
      box.path('other'),
    ],
  ];
  for (const [message, ...argv] of tries) {
    const { stderr, exitCode } = await box.command(...argv);
    t.is(exitCode, 1, argv.join(' '));
    t.regex(stderr, message);
  }
  await t.throwsAsync(access(box.path('data')), { code: 'ENOENT' });
  t.is((await box.command('config', 'validate', '--config', box.path('k0s.yaml'))).exitCode, 0);
  t.is((await box.command('version')).stdout, 'v1.36.3+k0s.2\n');
});

test('kubectl shows the nodes to who can read the administrator’s kubeconfig', async (t) => {
  t.timeout(2 * 60_000);
  const box = await Box.create(t, 'first');
  await box.placeSite();
  await box.startController('--enable-worker', box.kubeletFlag);
  await box.logs('kubelet of node first is up');
  const kubectl = (...argv: readonly string[]) =>
    box.command('kubectl', 'get', ...argv, '--data-dir', box.path('data'));
  const { items } = JSON.parse((await kubectl('nodes', '-o', 'json')).stdout);
  t.like(items, [{ kind: 'Node', metadata: { name: 'first' } }]);
  t.like(items[0].status.conditions, [{ type: 'Ready', status: 'True' }]);
  t.is((await kubectl('nodes', '-oname')).stdout, 'node/first\n');
  t.like(JSON.parse((await kubectl('node', 'first', '-ojson')).stdout), { kind: 'Node' });
  t.regex((await kubectl('node', 'second', '-ojson')).stderr, /NotFound.*nodes "second" not found/);
  t.regex((await kubectl('pods', '-ojson')).stderr, /knows `get nodes` and `get node NAME` alone/);
  t.regex((await kubectl('nodes')).stderr, /makes no tables/);
});

test('kubectl has nothing to ask where no controller was, or none runs', async (t) => {
  const box = await Box.create(t, 'box');
  const kubectl = () =>
    box.command('kubectl', 'get', 'nodes', '-ojson', '--data-dir', box.path('data'));
  t.regex((await kubectl()).stderr, /stat .*admin.conf: no such file/);
  await box.placeSite();
  await box.startController();
  await box.logs('controller is running');
  await box.stop();
  const { stderr, exitCode } = await kubectl();
  t.is(exitCode, 1);
  t.regex(stderr, /Unable to connect to the server: .*connection refused/);
});
