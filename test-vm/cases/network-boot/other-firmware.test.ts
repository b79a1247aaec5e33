import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Arch } from '../../../builder/image/arch.ts';
import { Scratch } from '../../../builder/report/scratch.ts';
import type { MachineSpec } from '../../spec.ts';
import { Box } from '../box.ts';
import { soakTest as test } from '../soak.ts';
import { bootsFromNet, MAC, netbootBench, nodeSeed } from './blank-machine.ts';
import { startBootServer } from './boot-server.ts';

interface Way {
  readonly arch: Arch;
  /** What the firmware asks QEMU's TFTP server for. */
  readonly file: string;
  /** Text of that file, where it is none of `kiln pxe`. */
  readonly text?: (base: string) => string;
  readonly change?: Partial<MachineSpec>;
  /** What the console has shown on the way, where the firmware speaks on it. */
  readonly shows?: RegExp;
}

/** A machine behind QEMU's own router becomes what its seed says. */
async function becomesItsNode(t: ExecutionContext, way: Way): Promise<void> {
  t.timeout(30 * 60_000);
  await using scratch = await Scratch.create('other-firmware');
  const made = await netbootBench(scratch, way.arch);
  const node = await nodeSeed('n3');
  await using server = await startBootServer({ ...made, directory: scratch.path }, node);
  if (way.text !== undefined) {
    await writeFile(join(server.tftp, way.file), way.text(server.base));
  }
  const spec = await bootsFromNet(made, scratch, server.tftp, way.file);
  await using box = await Box.switchOn(t, made, { ...spec, ...way.change });
  if (way.shows !== undefined) await box.untilConsoleShows(way.shows, 600);
  await box.untilReady('single');
  await box.check(['network-boot/check.sh'], { NAME: 'n3' });
  t.deepEqual(
    server.clients.all.map(({ id, stage }) => [id, stage.kind]),
    [[MAC, 'seed']],
  );
}

test('arm64: UEFI PXE → iPXE → HTTP', async (t) => {
  const shows = /NBP filename is ipxe-arm64\.efi/;
  await becomesItsNode(t, { arch: 'arm64', file: 'ipxe-arm64.efi', shows });
});

/**
 * QEMU's card has an iPXE of its own, as a PXE ROM of another maker it only has to get undionly.kpxe; what that one
 * asks for is the same file once more. It is known by the driver that it has for the card: nothing else gets on to what
 * Kiln serves. On BIOS neither speaks on the serial line.
 */
const twice = (base: string): string => `#!ipxe
iseq \${net0/chip} undionly && chain ${base}boot.ipxe ||
chain undionly.kpxe
`;

test('BIOS: the card’s PXE ROM → undionly.kpxe → HTTP', async (t) => {
  const change = { bios: true };
  await becomesItsNode(t, { arch: 'x86_64', file: 'rom.ipxe', text: twice, change });
});
