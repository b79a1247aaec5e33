import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../../builder/report/scratch.ts';
import { Lan } from '../../lan.ts';
import { prepareDisk } from '../../release-disk.ts';
import { tokenFor } from '../../seed/cluster.ts';
import type { Node } from '../../seed/node.ts';
import type { MachineSpec } from '../../spec.ts';
import { Box } from '../box.ts';
import { SOAK } from '../soak.ts';
import { machineSpec, type Workbench, workbench } from '../workbench.ts';
import {
  CLUSTER,
  EXPIRED,
  FIRST,
  firstNics,
  firstNode,
  OTHER_CA,
  SECOND,
  SECOND_CONTROLLER,
  secondNics,
  stickMaker,
  UNKNOWN,
  WORKER,
} from './site.ts';

const FOLDER = 'cluster-forms';
const AUTHORITIES = 'sha256sum /var/lib/k0s/pki/ca.crt /var/lib/k0s/pki/etcd/ca.crt';
const REFUSED =
  /^k0s\.token: https:\/\/10\.7\.0\.11:6443 refuses the token: it is unknown there or has expired/;

/** Tokens that lead nowhere, with what the box says of each. */
const BAD_TOKENS: readonly (readonly [Node, RegExp])[] = [
  [EXPIRED, REFUSED],
  [UNKNOWN, REFUSED],
  [
    OTHER_CA,
    /^k0s\.token: https:\/\/10\.7\.0\.11:6443 is not trusted .* the token is of another cluster/,
  ],
];

test('boxes on a bond and VLANs form a cluster, with valid tokens only, and a wiped first controller makes no second one', async (t) => {
  t.timeout(40 * 60_000);
  const bench = await workbench('x86_64');
  await using scratch = await Scratch.create('cluster');
  await using lan = await Lan.open();
  const makeStick = stickMaker(bench, scratch.path);
  const specOf = async (name: string, nics: MachineSpec['nics']): Promise<MachineSpec> => ({
    ...machineSpec(bench, await newDisk(bench, join(scratch.path, `${name}.qcow2`))),
    nics,
    usbPorts: true,
  });
  /** A box on its disk, with a stick. */
  const switchOn = async (spec: MachineSpec, node: Node): Promise<Box> => {
    const box = await Box.switchOn(t, bench, spec);
    await box.giveStick((await makeStick(node)).path);
    return box;
  };
  const firstSpec = await specOf('first', firstNics(lan.socket));
  const secondSpec = await specOf('second', secondNics(lan.socket));

  await using first = await switchOn(firstSpec, firstNode('c1'));
  for (const [node, problem] of SOAK ? BAD_TOKENS : BAD_TOKENS.slice(0, 1)) {
    await using box = await switchOn(secondSpec, node);
    await first.untilReady('controller');
    await box.untilProblem(problem);
    await box.untilConsoleShows(problem);
    await box.check([`${FOLDER}/not-joined.sh`]);
  }
  await first.check([`${FOLDER}/first.sh`]);
  if (SOAK) {
    await using box = await switchOn(secondSpec, WORKER);
    await box.untilReady('worker');
    await box.check([`${FOLDER}/worker.sh`]);
  }
  await using second = await switchOn(secondSpec, SECOND_CONTROLLER);
  await second.untilReady('controller+worker');
  await second.check([`${FOLDER}/second.sh`]);
  await first.machine.cutPower();

  // The same seed and an empty disk.
  await wipe(bench, firstSpec);
  await using again = await switchOn(firstSpec, firstNode('c1'));
  await again.untilProblem(/^k0s\.token: is missing.* answers at 10\.7\.0\.21/);
  await again.check([`${FOLDER}/not-joined.sh`]);

  // With a token: its member still exists, and only the operator may say that it will never be back.
  await again.giveStick(
    (await makeStick(firstNode('c1-again', tokenFor('controller', CLUSTER, SECOND)))).path,
  );
  const stopped = await again.untilProblem(/^k0s\.bootstrap: .*still has an etcd member/);
  await again.untilConsoleShows(/still has an etcd member/);
  const command = /`([^`]+)`/.exec(stopped.problems[0]?.message ?? '')?.[1];
  t.is(command, `k0s etcd leave --peer-address ${FIRST}`);
  await second.say(command ?? 'false');
  await again.untilReady('controller');
  t.is(await again.say(AUTHORITIES), await second.say(AUTHORITIES));
  await again.check([`${FOLDER}/second.sh`]);
});

async function newDisk(bench: Workbench, path: string): Promise<string> {
  await prepareDisk(bench.toolbox, bench.disk.path, path, 8192);
  return path;
}

async function wipe(bench: Workbench, { disk }: MachineSpec): Promise<void> {
  await rm(disk.path);
  await newDisk(bench, disk.path);
}
