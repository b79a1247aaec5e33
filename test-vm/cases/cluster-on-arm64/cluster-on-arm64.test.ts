import { join } from 'node:path';
import { Scratch } from '../../../builder/report/scratch.ts';
import { Lan } from '../../lan.ts';
import { prepareDisk } from '../../release-disk.ts';
import { type Cluster, makeClusterSecrets } from '../../seed/cluster.ts';
import { seedIso } from '../../seed/media.ts';
import { firstController, type Node, seedFiles, worker } from '../../seed/node.ts';
import { type MachineSpec, type Nic, PLAIN_NIC } from '../../spec.ts';
import { Box } from '../box.ts';
import { soakTest } from '../soak.ts';
import { machineSpec, workbench } from '../workbench.ts';

const FOLDER = 'cluster-on-arm64';
const CONTROLLER = '10.8.0.11';
const WORKER = '10.8.0.21';
const MACS = { [CONTROLLER]: '52:54:00:08:00:11', [WORKER]: '52:54:00:08:00:21' };

soakTest(
  'arm64: a controller with a static address and a worker that also asks DHCP form a cluster',
  async (t) => {
    t.timeout(40 * 60_000);
    const bench = await workbench('arm64');
    await using scratch = await Scratch.create('arm64');
    await using lan = await Lan.open();
    const cluster: Cluster = { secrets: await makeClusterSecrets(), controllers: [CONTROLLER] };
    const card = (address: keyof typeof MACS): Nic => {
      return { kind: 'lan', model: 'virtio', mac: MACS[address], socket: lan.socket };
    };
    const spec = async (node: Node, nics: readonly Nic[]): Promise<MachineSpec> => {
      const disk = join(scratch.path, `${node.hostname}.qcow2`);
      await prepareDisk(bench.toolbox, bench.disk.path, disk, 8192);
      const image = join(scratch.path, `${node.hostname}.iso`);
      const seed = await seedIso(bench.toolbox, { image, label: 'cidata', files: seedFiles(node) });
      return { ...machineSpec(bench, disk), nics, extraDisks: [seed] };
    };
    const lanAddress = (address: keyof typeof MACS) => ({
      lan: {
        match: { macaddress: MACS[address] },
        'set-name': 'lan',
        addresses: [`${address}/24`],
      },
    });

    const controllerNode: Node = {
      instanceId: 'a1',
      hostname: 'a1',
      k0s: firstController(cluster),
      network: { version: 2, ethernets: lanAddress(CONTROLLER) },
    };
    const workerNode: Node = {
      instanceId: 'a2',
      hostname: 'a2',
      k0s: worker(cluster),
      network: {
        version: 2,
        ethernets: {
          ...lanAddress(WORKER),
          out: { match: { macaddress: '52:54:00:08:01:21' }, 'set-name': 'out', dhcp4: true },
        },
      },
    };
    await using one = await Box.switchOn(t, bench, await spec(controllerNode, [card(CONTROLLER)]));
    const out: Nic = { ...PLAIN_NIC, mac: '52:54:00:08:01:21' };
    await using two = await Box.switchOn(t, bench, await spec(workerNode, [card(WORKER), out]));
    await one.untilReady('controller');
    await one.check([`${FOLDER}/controller.sh`]);
    await two.untilReady('worker');
    await two.check([`${FOLDER}/worker.sh`]);
  },
);
