import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Scratch } from '../../report/scratch.ts';
import { sha256, sha256OfFile } from '../../report/sha256.ts';
import { buildTiny, EPOCH } from '../../testing/artifacts-fixture.ts';
import { readIso } from '../../testing/read-iso.ts';
import { tinyPe } from '../../testing/tiny-pe.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import { run } from '../../tools/run.ts';
import type { Toolbox } from '../../tools/toolbox.ts';

const toolbox = testToolbox();
const UEFI = 0xef;
const ESP_TYPE = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';

interface Partition {
  readonly start: number;
  readonly size: number;
  readonly type: string;
}

async function partitionsOf(tools: Toolbox, path: string): Promise<readonly Partition[]> {
  const { stdout } = await run([...tools.command('sfdisk'), '--json', path], { env: tools.env });
  return JSON.parse(stdout).partitiontable.partitions;
}

/** The one program of the EFI image, as firmware would find it. */
async function efiProgram(t: ExecutionContext, tools: Toolbox, image: Buffer, directory: string) {
  const [fat, program] = [join(directory, 'fat'), join(directory, 'program')];
  await writeFile(fat, image);
  const say = async (name: string, ...args: string[]) =>
    (await run([...tools.command(name), ...args], { env: tools.env })).stdout;
  await say('fsck.fat', '-n', fat);
  const listed = await say('mdir', '-i', fat, '-/', '-b', '::');
  t.deepEqual(listed.match(/\S+\.\w+$/gm), ['::/EFI/BOOT/BOOTX64.EFI']);
  await say('mcopy', '-i', fat, '::/EFI/BOOT/BOOTX64.EFI', program);
  return await readFile(program);
}

test('the installer ISO leads a CD drive and a stick to the same program, and that one to the files of the medium', async (t) => {
  t.timeout(600_000);
  const tools = await toolbox;
  await using scratch = await Scratch.create('iso');
  const { rootfs, boot, iso, directory } = await buildTiny(tools, scratch.path);
  const path = join(directory, iso.file);
  const bytes = await readFile(path);
  t.is(iso.file, 'demo_1.2.3_x86_64.iso');
  t.is(bytes.length, iso.sizeBytes);
  t.is(sha256(bytes), iso.sha256);

  const { label, files, boot: bootImage } = readIso(bytes);
  t.is(label, `KILN_${rootfs.rootHash.slice(0, 8).toUpperCase()}`);
  t.deepEqual([...files.keys()].sort(), [
    ...['README.txt', 'SHA256SUMS', 'boot.catalog', 'efi.img', 'loader.conf', 'loader.efi'],
    ...['root.squashfs', 'root.verity', 'system.efi'],
  ]);
  t.true(files.get('root.squashfs')?.equals(await readFile(rootfs.image)));
  t.true(files.get('root.verity')?.equals(await readFile(rootfs.hashTree)));
  t.true(files.get('system.efi')?.equals(await readFile(boot.uki)));
  t.true(files.get('loader.efi')?.equals(boot.loader));
  t.snapshot(files.get('README.txt')?.toString().replaceAll(label, 'KILN_01234567'), 'README.txt');

  // The list is right for sha256sum(1) itself, as in the initrd.
  const medium = join(scratch.path, 'medium');
  await mkdir(medium);
  for (const [name, content] of files) await writeFile(join(medium, name), content);
  await run(['/usr/bin/sha256sum', '--check', '--strict', 'SHA256SUMS'], { cwd: medium });

  // A CD drive's way, and a stick's.
  const { platform, isBootable, emulation, sectors, offsetBytes } = bootImage;
  t.deepEqual(
    { platform, isBootable, emulation },
    { platform: UEFI, isBootable: true, emulation: 0 },
  );
  const partitions = await partitionsOf(tools, path);
  const esps = partitions.filter(({ type }) => type === ESP_TYPE);
  t.is(esps.length, 1);
  const [esp] = esps;
  t.deepEqual([esp?.start, esp?.size], [offsetBytes / 512, sectors]);

  const program = await efiProgram(
    t,
    tools,
    bytes.subarray(offsetBytes, offsetBytes + sectors * 512),
    scratch.path,
  );
  const text = program.toString('latin1');
  const cmdline = /roothash=[ -~]+/.exec(text)?.[0].split(' ') ?? [];
  t.deepEqual(
    cmdline.filter((word) => /^(roothash|kiln\.|systemd\.verity_root_(data|hash))/.test(word)),
    [
      `roothash=${rootfs.rootHash}`,
      'systemd.verity_root_data=/dev/loop0',
      'systemd.verity_root_hash=/dev/loop1',
      `kiln.medium=${label}`,
      `kiln.medium-sha256=${sha256(files.get('SHA256SUMS') ?? '')}`,
      'kiln.install',
    ],
  );
});

test('xorriso finds in the ISO what Kiln asked for, with one time on everything', async (t) => {
  t.timeout(600_000);
  const tools = await toolbox;
  await using scratch = await Scratch.create('iso');
  const { iso, directory } = await buildTiny(tools, scratch.path);
  const questions = [
    ...['-report_el_torito', 'plain', '-report_system_area', 'plain', '-pvd_info'],
    ...['-find', '/', '-exec', 'lsdl', '--'],
  ];
  const argv = ['-no_rc', '-indev', join(directory, iso.file), ...questions];
  const { stdout } = await run([...tools.command('xorriso'), ...argv], { env: tools.env });
  const told = stdout
    .replaceAll(directory, '')
    .replaceAll(/KILN_\w{8}/g, 'KILN_01234567')
    .replaceAll(/XORRISO-.*/g, 'XORRISO');
  t.snapshot(told);
  const day = new Date(EPOCH * 1000).toISOString().slice(0, 10);
  t.is(day, '2023-11-14');
  t.true(stdout.includes('2023111422132000'));
});

test('an EFI image that a boot catalog cannot count reaches to the end of the medium', async (t) => {
  t.timeout(600_000);
  const tools = await toolbox;
  await using scratch = await Scratch.create('iso');
  // Larger than 65535 sectors of 512 bytes, as the kernel of arm64 is.
  const kernel = Buffer.concat([tinyPe(), Buffer.alloc(40 << 20)]);
  const { iso, directory } = await buildTiny(tools, scratch.path, { kernel });
  const path = join(directory, iso.file);
  const bytes = await readFile(path);
  const { boot, volumeBytes } = readIso(bytes);
  // 0 or 1: to the end (UEFI Specification, section 13.3.2.1).
  t.true(boot.sectors < 2, `${boot.sectors}`);
  const esp = (await partitionsOf(tools, path)).find(({ type }) => type === ESP_TYPE);
  t.is((esp?.start ?? 0) * 512, boot.offsetBytes);
  // Firmware takes the volume's size, which the volume says, for where that end is.
  t.true(volumeBytes >= boot.offsetBytes + (esp?.size ?? 0) * 512);
  await efiProgram(t, tools, bytes.subarray(boot.offsetBytes, volumeBytes), scratch.path);
});

test('an ISO is the same in every byte whatever the clock, the time zone, the locale and the place', async (t) => {
  t.timeout(600_000);
  const tools = await toolbox;
  await using scratch = await Scratch.create('iso');
  const first = await buildTiny(tools, join(scratch.path, 'one'));
  const old = { TZ: process.env.TZ, LC_ALL: process.env.LC_ALL };
  process.env.TZ = 'Asia/Kathmandu';
  process.env.LC_ALL = 'tr_TR.UTF-8';
  t.teardown(() => {
    for (const name of ['TZ', 'LC_ALL'] as const) {
      if (old[name] === undefined) delete process.env[name];
      else process.env[name] = old[name];
    }
  });
  // A path with what divides xorriso's own arguments.
  const second = await buildTiny(tools, join(scratch.path, 'o=ther'));
  t.deepEqual(second.iso, first.iso);
  t.is(await sha256OfFile(join(second.directory, second.iso.file)), first.iso.sha256);
});
