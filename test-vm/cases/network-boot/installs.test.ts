import { join } from 'node:path';
import { Scratch } from '../../../builder/report/scratch.ts';
import { Box } from '../box.ts';
import { soakTest as test } from '../soak.ts';
import { bootsFromNet, MAC, netbootBench, nodeSeed } from './blank-machine.ts';
import { startBootServer } from './boot-server.ts';
import { flipped } from './flipped.ts';

/** Emulated, the verified root is read at some MB a second. */
const INSTALL_SECONDS = 900;
/** What the installed disk starts. */
const SYSTEM = 'netboot_0.1.0_x86_64.efi';

test('a node with an order is installed over the network, from files that are as they were built; when it asks there again, it starts from its disk', async (t) => {
  t.timeout(40 * 60_000);
  await using scratch = await Scratch.create('network-install');
  const made = await netbootBench(scratch);
  const node = await nodeSeed('n4', 'install: { disk: only, then: poweroff }');
  await using server = await startBootServer({ ...made, directory: scratch.path }, node);
  const right = server.files.get(SYSTEM);
  if (right === undefined) throw new Error(`there is no ${SYSTEM}`);
  server.files.set(SYSTEM, await flipped(right, join(scratch.path, 'flipped')));
  const spec = await bootsFromNet(made, scratch, server.tftp, 'ipxe-x86_64.efi', '8G');
  const stages = () => server.clients.all.map(({ id, stage }) => [id, stage.kind]);
  {
    await using installer = await Box.switchOn(t, made, spec);
    await installer.untilConsoleShows(/x86_64\.efi is not of this image; trying again/, 900);
    t.is(await installer.machine.boots(), 0);
    t.deepEqual(stages(), [[MAC, 'installer files']]);
    server.files.set(SYSTEM, right);
    await installer.untilConsoleShows(/installed: Kiln 0\.1\.0 is on vda/, INSTALL_SECONDS);
    await installer.machine.untilOff(120);
  }
  t.deepEqual(stages(), [[MAC, 'installed']]);
  // The firmware has forgotten everything: it looks at the network first, and iPXE hands over to the disk.
  await using box = await Box.switchOn(t, made, spec);
  await box.untilReady('single');
  t.deepEqual(stages(), [[MAC, 'from disk']]);
  await box.check(['network-boot/from-disk.sh'], { NAME: 'n4' });
});
