import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../../builder/report/scratch.ts';
import { Lan } from '../../lan.ts';
import { type Cluster, makeClusterSecrets } from '../../seed/cluster.ts';
import { seedIso, seedStick } from '../../seed/media.ts';
import {
  configDriveFiles,
  firstController,
  type Node,
  seedFiles,
  singleNode,
  worker,
} from '../../seed/node.ts';
import { SeedServer } from '../../seed/server.ts';
import { type MachineSpec, PLAIN_NIC } from '../../spec.ts';
import { Box } from '../box.ts';
import { SOAK, soakTest } from '../soak.ts';
import { freshDisk, machineSpec, workbench } from '../workbench.ts';

const FOLDER = 'seeds-from-everywhere';
/** What QEMU's router gives. */
const DHCP = '10.0.2.15';
const STATIC = '10.9.0.5';
const MAC = '52:54:00:09:00:05';

const secrets = await makeClusterSecrets();
const clusterAt = (address: string): Cluster => ({ secrets, controllers: [address] });

test('a seed over HTTP, named by the serial number in SMBIOS, is remembered, and followed when it changes', async (t) => {
  t.timeout(20 * 60_000);
  const bench = await workbench('x86_64');
  await using scratch = await Scratch.create('http');
  const disk = await freshDisk(bench, scratch);
  const single: Node = { instanceId: 'h1', hostname: 'h1', k0s: singleNode(clusterAt(DHCP)) };
  await using server = await SeedServer.start(seedFiles(single));
  const spec: MachineSpec = {
    ...machineSpec(bench, disk),
    serialNumber: `ds=nocloud;s=${server.url}`,
  };
  await using box = await Box.switchOn(t, bench, spec);
  await box.untilReady('single');
  await box.check([`${FOLDER}/check.sh`], { NAME: 'h1', ADDRESS: DHCP, DRIVER: 'virtio_net' });

  server.isDown = true;
  await box.restart();
  await box.untilReady('single');

  server.files = seedFiles({
    instanceId: 'h2',
    hostname: 'h2',
    k0s: worker(clusterAt('10.0.2.99')),
  });
  server.isDown = false;
  const status = await box.until('the new role', ({ role }) => role === 'worker');
  t.is(status.instanceId, 'h2');
  await box.check([`${FOLDER}/check.sh`], { NAME: 'h2', ADDRESS: DHCP, DRIVER: 'virtio_net' });
  t.is(await box.machine.boots(), 3);
});

const MEDIA = SOAK ? 'a config drive is a seed, and so is a stick' : 'a config drive is a seed';

test(MEDIA, async (t) => {
  t.timeout(20 * 60_000);
  const bench = await workbench('x86_64');
  await using scratch = await Scratch.create('media');
  await using lan = await Lan.open();
  const spec = machineSpec(bench, await freshDisk(bench, scratch));
  {
    const node: Node = {
      instanceId: 'm2',
      hostname: 'm2',
      k0s: { ...firstController(clusterAt(STATIC)), role: 'controller+worker' },
    };
    const drive = await seedIso(bench.toolbox, {
      image: join(scratch.path, 'drive.iso'),
      label: 'config-2',
      files: { ...configDriveFiles(node), ...staticNetworkData() },
    });
    await using box = await Box.switchOn(t, bench, {
      ...spec,
      nics: [{ kind: 'lan', model: 'e1000e', mac: MAC, socket: lan.socket }],
      extraDisks: [{ ...drive, bus: 'virtio' }],
    });
    await box.untilReady('controller+worker');
    await box.check([`${FOLDER}/check.sh`], { NAME: 'm2', ADDRESS: STATIC, DRIVER: 'e1000e' });
  }
  if (!SOAK) return;
  {
    const stick = await seedStick(bench.toolbox, {
      image: join(scratch.path, 'stick.img'),
      label: 'CIDATA',
      files: seedFiles({
        instanceId: 'm3',
        hostname: 'm3',
        k0s: singleNode(clusterAt(STATIC)),
        network: {
          version: 2,
          ethernets: {
            any: {
              match: { name: 'e*' },
              addresses: [`${STATIC}/24`],
              nameservers: { addresses: ['10.9.0.1'] },
            },
          },
        },
      }),
    });
    await using box = await Box.switchOn(t, bench, {
      ...spec,
      nics: [{ kind: 'lan', model: 'virtio', mac: MAC, socket: lan.socket }],
      extraDisks: [stick],
    });
    await box.untilReady('single');
    await box.check([`${FOLDER}/check.sh`], { NAME: 'm3', ADDRESS: STATIC, DRIVER: 'virtio_net' });
    t.regex(await box.say('resolvectl dns'), /10\.9\.0\.1/);
  }
});

soakTest('a seed over HTTP is named on the kernel’s command line', async (t) => {
  t.timeout(20 * 60_000);
  const bench = await workbench('x86_64');
  await using scratch = await Scratch.create('command-line');
  const node: Node = { instanceId: 'l1', hostname: 'l1', k0s: firstController(clusterAt(DHCP)) };
  await using server = await SeedServer.start(seedFiles(node));
  await using box = await Box.switchOn(t, bench, {
    ...machineSpec(bench, await freshDisk(bench, scratch)),
    nics: [{ ...PLAIN_NIC, model: 'e1000e' }],
    kernelArguments: `ds=nocloud;s=${server.url}`,
  });
  await box.untilReady('controller');
  await box.check([`${FOLDER}/check.sh`], { NAME: 'l1', ADDRESS: DHCP, DRIVER: 'e1000e' });
});

/** The network as OpenStack describes it. */
function staticNetworkData(): Readonly<Record<string, string>> {
  const data = {
    links: [{ id: 'lan', type: 'phy', ethernet_mac_address: MAC, mtu: 1500 }],
    networks: [
      {
        id: 'n0',
        type: 'ipv4',
        link: 'lan',
        ip_address: STATIC,
        netmask: '255.255.255.0',
        routes: [],
      },
    ],
    services: [],
  };
  return { 'openstack/latest/network_data.json': JSON.stringify(data) };
}
