import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../../builder/report/scratch.ts';
import { type Cluster, makeClusterSecrets, secretTexts, tokenFor } from '../../seed/cluster.ts';
import { seedIso } from '../../seed/media.ts';
import { type Node, seedFiles, singleNode, worker } from '../../seed/node.ts';
import { Box, unwrapped } from '../box.ts';
import { makeKey } from '../ssh-key.ts';
import { freshDisk, machineSpec, workbench } from '../workbench.ts';

/** Nobody is there. */
const CONTROLLER = '10.0.2.99';
const FOLDER = 'box-becomes-its-role';
/** Of a user in the seed: as good as a password. */
const USER_SECRET = 'correct-horse-battery-staple';

test('a box is a single node from an ISO, stays one without it, and becomes a worker with another', async (t) => {
  t.timeout(30 * 60_000);
  const bench = await workbench('x86_64');
  await using scratch = await Scratch.create('roles');
  const disk = await freshDisk(bench, scratch);
  const cluster: Cluster = { secrets: await makeClusterSecrets(), controllers: [CONTROLLER] };
  const key = makeKey();
  const secrets = [...secretTexts(cluster.secrets), USER_SECRET, tokenFor('worker', cluster)];
  const variables = { SECRETS: secrets.join('\n'), KEY: key.secret };
  const seed = (node: Node) =>
    seedIso(bench.toolbox, {
      image: join(scratch.path, `${node.instanceId}.iso`),
      label: 'cidata',
      files: seedFiles(node),
    });
  const userData = (name: string) => ({
    users: [
      'default',
      { name: 'ada', groups: 'users', shell: '/bin/bash', ssh_authorized_keys: [key.authorized] },
    ],
    write_files: [
      { path: '/etc/site.conf', content: `site of ${name}\n`, permissions: '0640' },
      { path: '/var/lib/secret', content: USER_SECRET, permissions: '0600' },
    ],
    runcmd: [`echo ${name} >> /var/lib/runs`],
    timezone: 'Europe/Zurich',
  });

  const single: Node = {
    instanceId: 'role-1',
    hostname: 's1',
    k0s: singleNode(cluster),
    userData: { ...userData('s1'), packages: ['vim'] },
  };
  const spec = machineSpec(bench, disk);
  {
    await using box = await Box.switchOn(t, bench, { ...spec, extraDisks: [await seed(single)] });
    await box.untilReady('single');
    await box.check(['no-secrets.sh', `${FOLDER}/single.sh`], variables);
    await box.say('touch /etc/mark; sha256sum /var/lib/k0s/pki/ca.crt >/var/lib/first-ca');
    t.regex(await unwrappedConsole(box), /packages.*immutable/);
    await box.switchOff();
    for (const secret of secrets) t.false((await box.machine.console()).includes(secret));
  }
  {
    await using box = await Box.switchOn(t, bench, spec);
    await box.untilReady('single');
    await box.check(['no-secrets.sh', `${FOLDER}/single.sh`], variables);
    await box.check([`${FOLDER}/again.sh`]);
    await box.switchOff();
  }
  {
    const node = {
      instanceId: 'role-2',
      hostname: 'w1',
      k0s: worker(cluster),
      userData: userData('w1'),
    };
    await using box = await Box.switchOn(t, bench, { ...spec, extraDisks: [await seed(node)] });
    await box.untilProblem(/10\.0\.2\.99:6443 does not answer/);
    await box.check(['no-secrets.sh', `${FOLDER}/worker.sh`], variables);
    await box.untilConsoleShows(/10\.0\.2\.99:6443 does not answer/);
    await box.switchOff();
    for (const secret of secrets) t.false((await box.machine.console()).includes(secret));
  }
});

async function unwrappedConsole(box: Box): Promise<string> {
  return unwrapped(await box.machine.console());
}
