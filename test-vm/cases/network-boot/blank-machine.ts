import { join } from 'node:path';
import { parse } from 'yaml';
import type { Arch } from '../../../builder/image/arch.ts';
import type { NodeSeed } from '../../../builder/pxe/seeds/keeper.ts';
import type { Scratch } from '../../../builder/report/scratch.ts';
import { run } from '../../../builder/tools/run.ts';
import { type Cluster, makeClusterSecrets } from '../../seed/cluster.ts';
import { type Node, seedFiles, singleNode } from '../../seed/node.ts';
import { type MachineSpec, PLAIN_NIC } from '../../spec.ts';
import { machineSpec, type Workbench, workbench } from '../workbench.ts';
import { writeNetbootImage } from './boot-server.ts';

/** Hardware address of the machine. */
export const MAC = '52:54:00:0b:00:07';
/** What QEMU's router gives. */
const DHCP = '10.0.2.15';

/** An image with a network boot, just built. */
export async function netbootBench(
  scratch: Scratch,
  arch: Arch = 'x86_64',
  of: Arch | 'rpi' = arch,
): Promise<Workbench> {
  return await workbench(arch, { image: await writeNetbootImage(scratch.path, of) });
}

/** A machine with an empty disk, which looks at the network first. */
export async function bootsFromNet(
  made: Workbench,
  scratch: Scratch,
  tftp: string,
  file: string,
  size = '1G',
): Promise<MachineSpec> {
  const { toolbox } = made;
  const disk = join(scratch.path, 'blank.qcow2');
  const argv = ['create', '-q', '-f', 'qcow2', disk, size];
  await run([...toolbox.command('qemu-img'), ...argv], { env: toolbox.env });
  const nic = { ...PLAIN_NIC, mac: MAC, bootFrom: { directory: tftp, file } };
  return { ...machineSpec(made, disk), nics: [nic] };
}

/** What makes the machine a cluster of its own; `keys` are further ones of its metadata, in YAML. */
export async function nodeSeed(name: string, keys = '{}'): Promise<NodeSeed> {
  const cluster: Cluster = { secrets: await makeClusterSecrets(), controllers: [DHCP] };
  const further: Pick<Node, 'install' | 'var'> = parse(keys);
  const files = seedFiles({
    ...{ instanceId: `${name}-1`, hostname: name, k0s: singleNode(cluster) },
    ...further,
  });
  const texts = Object.entries(files).map(([file, text]) => [file, text.toString()]);
  return {
    ...{ name, macs: [MAC], installs: further.install !== undefined },
    files: Object.fromEntries(texts),
  };
}
