import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readBoardFiles } from '../../pxe/board-files.ts';
import { Scratch } from '../../report/scratch.ts';
import { sha256, sha256OfFile } from '../../report/sha256.ts';
import { buildTiny, LOADER_CONF } from '../../testing/artifacts-fixture.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import { run } from '../../tools/run.ts';
import { veritysetupVerify } from '../../tools/veritysetup.ts';

const toolbox = testToolbox();

test('a disk image is what the tools of its parts say it is', async (t) => {
  t.timeout(600_000);
  const tools = await toolbox;
  await using scratch = await Scratch.create('artifacts');
  const { rootfs, boot, artifacts, directory } = await buildTiny(tools, scratch.path);
  const say = async (name: string, ...args: string[]): Promise<string> =>
    (await run([...tools.command(name), ...args], { env: tools.env })).stdout;
  const raw = join(directory, 'demo_1.2.3_x86_64.raw');

  // Every file is as the list of artifacts says.
  for (const { file, sha256: digest } of artifacts.files) {
    t.is(await sha256OfFile(join(directory, file)), digest);
  }
  t.is(await sha256OfFile(boot.uki), boot.ukiSha256);

  // The compressed disk unpacks to the disk.
  await say('zstd', '-q', '-d', `${raw}.zst`, '-o', join(scratch.path, 'unpacked'));
  t.is(await sha256OfFile(join(scratch.path, 'unpacked')), await sha256OfFile(raw));

  // The partition table.
  const { partitiontable } = JSON.parse(await say('sfdisk', '--json', raw));
  t.is(partitiontable.id, artifacts.table.diskUuid.toUpperCase());
  t.deepEqual(
    partitiontable.partitions.map(({ name, start, size, type, uuid }: Record<string, unknown>) => ({
      ...{ name, start, size, type, uuid },
    })),
    artifacts.table.partitions.map(({ label, offsetBytes, sizeBytes, type, uuid }) => ({
      name: label,
      start: offsetBytes / 512,
      size: sizeBytes / 512,
      type: type.toUpperCase(),
      uuid: uuid.toUpperCase(),
    })),
  );
  t.regex(await say('sfdisk', '--verify', raw), /No errors detected/);

  // The ESP: a sound file system with the boot loader, its settings and the UKI.
  const esp = `${raw}@@1M`;
  const listed = await say('mdir', '-i', esp, '-/', '-b', '::');
  t.deepEqual(
    listed
      .split('\n')
      .filter((line) => /\.\w+$/.test(line))
      .sort(),
    [
      '::/EFI/BOOT/BOOTX64.EFI',
      '::/EFI/Linux/kiln_1.2.3+3.efi',
      '::/EFI/systemd/systemd-bootx64.efi',
      '::/loader/loader.conf',
    ],
  );
  t.is(await say('mtype', '-i', esp, '::/loader/loader.conf'), LOADER_CONF);
  const uki = join(scratch.path, 'uki');
  await say('mcopy', '-i', esp, '::/EFI/Linux/kiln_1.2.3+3.efi', uki);
  t.true((await readFile(uki)).equals(await readFile(boot.uki)));
  await say('fsck.fat', '-n', join(scratch.path, 'scratch/esp.fat'));

  // The UKI.
  const headers = await say('objdump', '-h', boot.uki);
  for (const name of ['.osrel', '.cmdline', '.uname', '.initrd', '.linux']) {
    t.true(headers.includes(name), name);
  }
  t.true(boot.cmdline.startsWith(`roothash=${rootfs.rootHash} `));

  // Root and hash tree.
  await veritysetupVerify(tools, {
    data: rootfs.image,
    hash: rootfs.hashTree,
    rootHash: rootfs.rootHash,
  });
  const [, verity, root] = artifacts.table.partitions;
  const disk = await readFile(raw);
  const at = (offset: number, size: number): Buffer => disk.subarray(offset, offset + size);
  t.true(at(root!.offsetBytes, rootfs.imageBytes).equals(await readFile(rootfs.image)));
  t.true(at(verity!.offsetBytes, rootfs.hashTreeBytes).equals(await readFile(rootfs.hashTree)));
  t.is(`${root!.uuid}${verity!.uuid}`.replaceAll('-', ''), rootfs.rootHash);
});

test('a disk that is written by its bmap over old data is the same where it matters', async (t) => {
  t.timeout(600_000);
  const tools = await toolbox;
  await using scratch = await Scratch.create('artifacts');
  const { artifacts, directory } = await buildTiny(tools, scratch.path);
  const raw = join(directory, 'demo_1.2.3_x86_64.raw');
  const image = await readFile(raw);
  const used = Buffer.alloc(image.length, 0xa5);
  const text = await readFile(`${raw}.bmap`, 'utf8');
  for (const [, digest, first, last] of text.matchAll(/"(\w{64})"> (\d+)(?:-(\d+))? </g)) {
    const [start, end] = [Number(first) * 4096, (Number(last ?? first) + 1) * 4096];
    t.is(sha256(image.subarray(start, end)), digest ?? '');
    image.copy(used, start, start, end);
  }
  const flashed = join(scratch.path, 'flashed');
  await writeFile(flashed, used);
  const env = { env: tools.env };
  const esp = artifacts.table.partitions[0]!;
  await writeFile(
    join(scratch.path, 'esp'),
    used.subarray(esp.offsetBytes, esp.offsetBytes + esp.sizeBytes),
  );
  await run([...tools.command('fsck.fat'), '-n', join(scratch.path, 'esp')], env);
  const { stdout } = await run([...tools.command('sfdisk'), '--verify', flashed], env);
  t.regex(stdout, /No errors detected/);
});

test('the same image made twice, in different places, is the same in every byte', async (t) => {
  t.timeout(600_000);
  const tools = await toolbox;
  await using scratch = await Scratch.create('artifacts');
  const first = await buildTiny(tools, join(scratch.path, 'one'));
  await new Promise((resolve) => setTimeout(resolve, 2100)); // FAT counts time in steps of two seconds
  const second = await buildTiny(tools, join(scratch.path, 'other'));
  t.deepEqual(second.artifacts, first.artifacts);
  t.deepEqual(second.netboot, first.netboot);
  t.deepEqual(second.iso, first.iso);
  t.is(second.boot.ukiSha256, first.boot.ukiSha256);
});

test('the files of a network boot are what they are called, and sha256sum agrees with their list', async (t) => {
  const tools = await toolbox;
  await using scratch = await Scratch.create('artifacts');
  const { rootfs, netboot, directory } = await buildTiny(tools, scratch.path);
  t.deepEqual(netboot.map(({ file }) => file).sort(), [
    'SHA256SUMS',
    'boot.ipxe',
    'demo_1.2.3_x86_64.install.cmdline',
    'demo_1.2.3_x86_64.loader.conf',
    'demo_1.2.3_x86_64.loader.efi',
    'demo_1.2.3_x86_64.net.cmdline',
    'demo_1.2.3_x86_64.net.efi',
    'demo_1.2.3_x86_64.net.initrd',
    'demo_1.2.3_x86_64.root.squashfs',
    'demo_1.2.3_x86_64.root.verity',
    'demo_1.2.3_x86_64.vmlinuz',
    'dnsmasq-full.conf',
    'dnsmasq-proxy.conf',
    'ipxe-arm64.efi',
    'ipxe-x86_64.efi',
    'undionly.kpxe',
  ]);
  for (const { file, sizeBytes, sha256: digest } of netboot) {
    t.is((await stat(join(directory, file))).size, sizeBytes, file);
    t.is((await stat(join(directory, file))).mode & 0o777, 0o644, file);
    t.is(await sha256OfFile(join(directory, file)), digest, file);
  }
  await run(['/usr/bin/sha256sum', '--check', '--strict', 'SHA256SUMS'], { cwd: directory });

  const read = (name: string) => readFile(join(directory, name), 'utf8');
  const cmdline = (await read('demo_1.2.3_x86_64.net.cmdline')).trim();
  const digests = ['squashfs', 'verity'].map(
    (half) => netboot.find(({ file }) => file.endsWith(`.root.${half}`))?.sha256,
  );
  t.true(cmdline.includes(`roothash=${rootfs.rootHash} `));
  t.true(cmdline.includes(` kiln.root=demo_1.2.3_x86_64.root kiln.root-sha256=${digests} `));
  t.false(cmdline.includes('install'));
  const installs = (await read('demo_1.2.3_x86_64.install.cmdline')).trim();
  const system = ['efi', 'loader.efi', 'loader.conf'].map((end) =>
    sha256OfFile(join(directory, `demo_1.2.3_x86_64.${end}`)),
  );
  const words = `kiln.system=demo_1.2.3_x86_64 kiln.system-sha256=${await Promise.all(system)}`;
  t.true(installs.includes(` kiln.install ${words} `));
  const uki = (await readFile(join(directory, 'demo_1.2.3_x86_64.net.efi'))).toString('latin1');
  t.true(uki.includes(cmdline) && uki.includes(installs));
  const verity = join(directory, 'demo_1.2.3_x86_64.root.verity');
  const data = join(directory, 'demo_1.2.3_x86_64.root.squashfs');
  await veritysetupVerify(tools, { data, hash: verity, rootHash: rootfs.rootHash });
});

test('for a Raspberry Pi the board’s files are on the ESP, which an MBR names too, and in an archive for TFTP', async (t) => {
  t.timeout(600_000);
  const tools = await toolbox;
  await using scratch = await Scratch.create('artifacts');
  const boardFiles = [
    { path: 'config.txt', bytes: Buffer.from('kernel=u-boot.bin\n') },
    { path: 'overlays/x.dtbo', bytes: Buffer.from('x') },
    { path: 'uboot.env', bytes: Buffer.from('for cards') },
  ];
  const { directory } = await buildTiny(tools, scratch.path, { board: 'raspberry-pi', boardFiles });
  const raw = join(directory, 'demo_1.2.3_x86_64.raw');
  const say = async (name: string, ...args: string[]): Promise<string> =>
    (await run([...tools.command(name), ...args], { env: tools.env })).stdout;
  for (const { path, bytes } of boardFiles) {
    t.is(await say('mtype', '-i', `${raw}@@1M`, `::${path}`), bytes.toString());
  }
  const tar = join(directory, 'demo_1.2.3_x86_64.tftp.tar');
  t.deepEqual(
    [...(await readBoardFiles(tar))].map(([path, bytes]) => [path, bytes.toString()]),
    boardFiles.slice(0, 2).map(({ path, bytes }) => [path, bytes.toString()]),
  );
  const { partitiontable } = JSON.parse(await say('sfdisk', '-Y', 'dos', '--json', raw));
  t.deepEqual(
    partitiontable.partitions.map(({ type }: { type: string }) => type),
    ['c', 'ee'],
  );
  t.regex(await say('sfdisk', '--verify', raw), /No errors detected/);
});
