import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readManifest } from '../../../builder/image/release/manifest.ts';
import { Scratch } from '../../../builder/report/scratch.ts';
import { copyRaw } from '../../../builder/testing/release-fixture.ts';
import { testToolbox } from '../../../builder/testing/toolbox.ts';
import { Esp } from '../../esp.ts';
import { Machine } from '../../machine.ts';
import { machineSpec, workbench } from '../workbench.ts';

const U_BOOT = 'usr/lib/u-boot/qemu_arm64/u-boot.bin';
const START_SECONDS = 300;

/** The image before: a good one, whose kernel tells its command line on the line that QEMU's machine has. */
function olderImage(uki: Buffer, version: string): Buffer {
  const changes = [
    [`IMAGE_VERSION=${version}`, `IMAGE_VERSION=${'0.0.1'.padEnd(version.length, '1')}`],
    ['console=ttyS1,115200', 'console=ttyAMA0,9600'],
    ['loglevel=4', 'loglevel=7'],
  ] as const;
  const bytes = Buffer.from(uki);
  for (const [text, other] of changes) {
    const at = bytes.indexOf(text);
    if (at < 0 || other.length !== text.length) throw new Error(`the image has no ${text}`);
    bytes.write(other, at, 'latin1');
  }
  return bytes;
}

test('U-Boot renames an image for each try, and starts the one before it when none is left', async (t) => {
  t.timeout(20 * 60_000);
  const bench = await workbench('arm64', { image: 'images/rpi.yaml' });
  const uBoot = (await testToolbox('ci/u-boot-tools.yaml')).file(U_BOOT);
  await using scratch = await Scratch.create('u-boot');
  const disk = join(scratch.path, 'disk.raw');
  await copyRaw(bench.disk.path, disk);

  const { version, outputs } = await readManifest(bench.release);
  const uki = outputs.find(({ file }) => file.endsWith('.efi'))?.file ?? '';
  const older = join(scratch.path, 'older.efi');
  await writeFile(older, olderImage(await readFile(join(bench.release, uki)), version));
  const esp = new Esp(disk, bench.toolbox);
  await esp.put(older, 'EFI/Linux/kiln_0.0.1.efi');

  const spec = {
    ...machineSpec(bench, disk),
    ...{ uBoot, memoryMiB: 1024, watchdog: false, nics: [] },
    disk: { path: disk, format: 'raw' as const, bus: 'virtio' as const },
  };
  /** Starts the machine, and pulls the plug as soon as its console shows what is waited for. */
  const startUntil = async (pattern: RegExp): Promise<void> => {
    await using machine = await Machine.start(spec, bench.toolbox);
    t.log(`${(await machine.consoleShows(pattern, START_SECONDS)).trim()}`);
    await machine.cutPower();
  };
  const images = async () => (await esp.list('EFI/Linux')).toSorted();

  t.deepEqual(await images(), ['kiln_0.0.1.efi', `kiln_${version}+3.efi`]);
  for (const counters of ['+2-1', '+1-2', '+0-3']) {
    await startUntil(/EFI stub: Booting Linux Kernel/);
    t.deepEqual(await images(), ['kiln_0.0.1.efi', `kiln_${version}${counters}.efi`]);
  }
  // It would not speak on this line, were it the other one's kernel.
  await startUntil(/Kernel command line: .*console=ttyAMA0,9600/);
  t.deepEqual(await images(), ['kiln_0.0.1.efi', `kiln_${version}+0-3.efi`]);
});
