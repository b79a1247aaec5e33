import { access, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { SiteCase, siteText } from '../rehearsal.ts';

const C1 = 'name: c1, role: controller, address: 10.0.0.11/24, mac: "52:54:00:00:00:11"';
const W1 = 'name: w1, role: worker, address: 10.0.0.21/24, mac: "52:54:00:00:00:21"';

test('one box, with whatever card it has, becomes a cluster of its own from its seed as it was written', async (t) => {
  t.timeout(15 * 60_000);
  const site = await SiteCase.create(t);
  await site.write(
    'solo.yaml',
    siteText('solo', '', ['name: solo, role: single, address: 10.0.0.11/24']),
  );
  await site.does('site', 'solo.yaml');
  const { record, exitCode } = await site.rehearsed('solo.yaml');
  t.is(exitCode, 0);
  t.like(record, { verdict: 'formed', failures: [] });
  t.like(record.nodes[0], { stage: 'ready', addresses: ['10.0.0.11/24'] });
  t.deepEqual(
    record.nodes[0]?.stages.map(({ stage }) => stage).filter((stage) => stage !== 'unconfigured'),
    ['off', 'firmware', 'kernel', 'initrd', 'booting', 'configuring', 'starting', 'ready'],
  );
});

test('a controller and a worker form a cluster; a worker that is missing is named', async (t) => {
  t.timeout(20 * 60_000);
  const site = await SiteCase.create(t);
  await site.write('plant7.yaml', siteText('plant7', '', [C1, W1]));
  const { stderr: unmade, exitCode: none } = await site.kiln('rehearse', 'plant7.yaml');
  t.is(none, 2);
  t.regex(unmade, /there is no seed: out\/plant7\/c1\.iso, out\/plant7\/w1\.iso/);
  await site.does('site', 'plant7.yaml');

  const { record, exitCode } = await site.rehearsed('plant7.yaml');
  t.is(exitCode, 0);
  t.like(record, { verdict: 'formed', failures: [] });
  const logs = 'out/plant7/rehearsal';
  const html = await readFile(site.path(`${logs}/report.html`), 'utf8');
  t.regex(html, /The cluster formed\./);
  t.is(html.match(/src="data:image\/svg\+xml;base64,/g)?.length, 2, 'a boot chart of each node');
  for (const name of ['c1.console.log', 'w1.console.log', 'c1.journal.log', 'w1.journal.log']) {
    await t.notThrowsAsync(access(site.path(`${logs}/${name}`)), name);
  }

  const missing = await site.rehearsed('plant7.yaml', '--without', 'w1');
  t.is(missing.exitCode, 7);
  t.deepEqual(missing.record.failures, [
    { node: 'w1', cause: 'is missing: it was not switched on (--without)' },
  ]);
  t.regex(missing.stderr, /error: the cluster of plant7 did not form\n {2}w1: is missing/);
});

test('Ctrl-C ends all machines in order, and a second one at once', async (t) => {
  t.timeout(5 * 60_000);
  const site = await SiteCase.create(t);
  await site.write('plant7.yaml', siteText('plant7', '', [C1, W1]));
  await site.does('site', 'plant7.yaml');
  for (const times of [1, 2]) {
    const rehearsal = site.rehearse('plant7.yaml');
    rehearsal.stdout.resume();
    rehearsal.stderr.resume();
    while ((await site.machines()) < 2) await sleep(200);
    for (let count = 0; count < times; count++) process.kill(rehearsal.pid, 'SIGINT');
    t.is(await rehearsal.exited, 130);
    await site.nothingRuns();
    const record = JSON.parse(
      await readFile(site.path('out/plant7/rehearsal/rehearsal.json'), 'utf8'),
    );
    t.is(record.verdict, 'interrupted');
  }
});
