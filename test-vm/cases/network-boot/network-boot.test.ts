import { join } from 'node:path';
import test from 'ava';
import { startScript } from '../../../builder/pxe/served.ts';
import { Scratch } from '../../../builder/report/scratch.ts';
import { sha256, sha256OfFile } from '../../../builder/report/sha256.ts';
import { Box } from '../box.ts';
import { soakTest } from '../soak.ts';
import { bootsFromNet, MAC, netbootBench, nodeSeed } from './blank-machine.ts';
import { startBootServer } from './boot-server.ts';
import { flipped } from './flipped.ts';

const FOLDER = 'network-boot';
const ROOT = 'netboot_0.1.0_x86_64.root.squashfs';

test('UEFI PXE → iPXE → HTTP: a corrupted root never boots, the right one does, and the box becomes what its seed says', async (t) => {
  t.timeout(20 * 60_000);
  await using scratch = await Scratch.create('network-boot');
  const made = await netbootBench(scratch);
  const node = await nodeSeed('n1');
  await using server = await startBootServer({ ...made, directory: scratch.path }, node);
  const right = server.files.get(ROOT);
  if (right === undefined) throw new Error(`there is no ${ROOT}`);
  server.files.set(ROOT, await flipped(right, join(scratch.path, 'flipped')));

  const spec = await bootsFromNet(made, scratch, server.tftp, 'ipxe-x86_64.efi');
  await using box = await Box.switchOn(t, made, spec);
  await box.untilConsoleShows(/root\.squashfs is not of this image; trying again/, 600);
  t.is(await box.machine.boots(), 0);
  server.files.set(ROOT, right);

  await box.untilReady('single');
  await box.check([`${FOLDER}/check.sh`], { NAME: 'n1' });
  t.is(await box.machine.boots(), 1);
  t.deepEqual(
    server.clients.all.map(({ id, stage }) => [id, stage.kind]),
    [[MAC, 'seed']],
  );
});

soakTest(
  'a corrupted root whose digest was changed as well is stopped by its root hash',
  async (t) => {
    t.timeout(20 * 60_000);
    await using scratch = await Scratch.create('network-boot');
    const made = await netbootBench(scratch);
    const node = await nodeSeed('n2');
    await using server = await startBootServer({ ...made, directory: scratch.path }, node);
    const right = server.files.get(ROOT);
    const script = server.files.get(startScript('diskless'));
    if (right === undefined || script?.resource.content.kind !== 'bytes')
      throw new Error('no files');
    const path = join(scratch.path, 'flipped');
    // In the superblock, which is read first: the mount already fails.
    const wrong = await flipped(right, path, 40);
    server.files.set(ROOT, wrong);
    const text = script.resource.content.bytes.toString();
    const bytes = Buffer.from(text.replaceAll(right.resource.sha256, await sha256OfFile(path)));
    t.false(bytes.includes(right.resource.sha256));
    const content = { kind: 'bytes', bytes } as const;
    const resource = {
      ...script.resource,
      content,
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
    };
    server.files.set(startScript('diskless'), { ...script, resource });

    const spec = await bootsFromNet(made, scratch, server.tftp, 'ipxe-x86_64.efi');
    await using box = await Box.switchOn(t, made, spec);
    await box.untilConsoleShows(
      /device-mapper: verity: .* (?:data|metadata) block 0 is corrupted/,
      600,
    );
    await box.untilConsoleShows(/Kernel panic - not syncing: dm-verity device corrupted/, 60);
    t.is(await box.machine.boots(), 0);
  },
);
