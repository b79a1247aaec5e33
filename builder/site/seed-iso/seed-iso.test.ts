import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Scratch } from '../../report/scratch.ts';
import { nodeFiles } from '../../testing/node-files.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import { run } from '../../tools/run.ts';
import { SECTOR_BYTES } from './fields.ts';
import { isoImage } from './image.ts';
import { seedIso } from './seed-iso.ts';

const toolbox = testToolbox();

/** One of each length that could go wrong: nothing, about a sector, about two, some MiB; and more than ASCII. */
const FILES = nodeFiles('c1', {
  'meta-data': 'm'.repeat(3 * 1024 * 1024 + 1),
  'network-config': 'n'.repeat(SECTOR_BYTES),
  'user-data': '',
  'vendor-data': `${'v'.repeat(SECTOR_BYTES - 1)}é`,
});

async function written(directory: string, image: Uint8Array): Promise<string> {
  const path = join(directory, 'seed.iso');
  await writeFile(path, image);
  return path;
}

/** Runs xorriso on an image; what it prints. */
async function xorriso(image: string, readFs: string, ...commands: string[]): Promise<string> {
  const tools = await toolbox;
  const argv = ['-abort_on', 'WARNING', '-osirrox', 'on', '-read_fs', readFs, '-indev', image];
  const { stdout } = await run([...tools.command('xorriso'), ...argv, ...commands], tools);
  return stdout;
}

/** The files that another implementation finds in an image, by the names that it sees. */
async function extracted(
  t: ExecutionContext,
  image: string,
  readFs: string,
): Promise<Readonly<Record<string, string>>> {
  const target = join(image, '..', readFs);
  await mkdir(target);
  await xorriso(image, readFs, '-extract', '/', target);
  // It gives the directory the mode that the root has, and another user than root cannot enter all of them.
  await chmod(target, 0o700);
  const names = await readdir(target);
  t.is(names.length, 4);
  const texts = names.map(async (name) => {
    await chmod(join(target, name), 0o600);
    return [name, await readFile(join(target, name), 'utf8')] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}

test('xorriso finds every byte of the files by Rock Ridge and by Joliet', async (t) => {
  t.timeout(60_000);
  await using scratch = await Scratch.create('seed-iso');
  const image = await written(scratch.path, seedIso(FILES));
  // Both trees, the better one wins; each alone.
  for (const readFs of ['any', 'nojoliet', 'norock']) {
    t.deepEqual(await extracted(t, image, readFs), FILES.files, readFs);
  }
});

test('who reads neither finds the files by names in capital letters', async (t) => {
  t.timeout(60_000);
  await using scratch = await Scratch.create('seed-iso');
  // Without the supplementary descriptor and with a root that does not say that Rock Ridge is used.
  const image = Buffer.from(seedIso(FILES));
  image[17 * SECTOR_BYTES] = 255;
  image.write('XX', image.indexOf('SP\x07\x01\xbe\xef', 0, 'latin1'));
  const texts = await extracted(t, await written(scratch.path, image), 'any');
  t.deepEqual(Object.keys(texts).sort(), [
    ...['META_DATA', 'NETWORK_CONFIG', 'USER_DATA', 'VENDOR_DATA'],
  ]);
  t.is(texts.META_DATA, FILES.files['meta-data']);
});

test('the volume is called cidata, and its files are for root alone', async (t) => {
  t.timeout(60_000);
  await using scratch = await Scratch.create('seed-iso');
  const image = await written(scratch.path, seedIso(nodeFiles('c1')));
  const listed = await xorriso(image, 'any', '-pvd_info', '-find', '/', '-exec', 'lsdl', '--');
  t.snapshot(listed.split('\n').filter((line) => !line.startsWith('Drive current')));
});

/** Asks Debian's libblkid, which is what udev and the box ask. */
const ASK_BLKID = `
import ctypes, sys
blkid = ctypes.CDLL("libblkid.so.1")
blkid.blkid_new_probe_from_filename.restype = ctypes.c_void_p
probe = ctypes.c_void_p(blkid.blkid_new_probe_from_filename(sys.argv[1].encode()))
LABEL, TYPE = 1 << 1, 1 << 5
blkid.blkid_probe_set_superblocks_flags(probe, LABEL | TYPE)
assert blkid.blkid_do_safeprobe(probe) == 0
for name in sys.argv[2:]:
    value = ctypes.c_char_p()
    assert blkid.blkid_probe_lookup_value(probe, name.encode(), ctypes.byref(value), None) == 0
    print(name, value.value.decode())
`;

test('libblkid sees its label and its type', async (t) => {
  t.timeout(60_000);
  await using scratch = await Scratch.create('seed-iso');
  const image = await written(scratch.path, seedIso(nodeFiles('c1')));
  const tools = await toolbox;
  const argv = [...tools.command('python3.13'), '-c', ASK_BLKID, image, 'LABEL', 'TYPE'];
  t.is((await run(argv, tools)).stdout, 'LABEL cidata\nTYPE iso9660\n');
});

test('Linux mounts it', async (t) => {
  t.timeout(60_000);
  await using scratch = await Scratch.create('seed-iso');
  const image = await written(scratch.path, seedIso(FILES));
  for (const option of ['', ',norock', ',nojoliet']) {
    const point = join(scratch.path, `mounted${option}`);
    await mkdir(point);
    const argv = ['-t', 'iso9660', '-o', `loop,ro${option}`, image, point];
    const { status, stderr } = spawnSync('mount', argv, { encoding: 'utf8' });
    if (status !== 0) {
      t.log(`not tried: this machine does not mount it: ${stderr?.trim()}`);
      t.pass();
      return;
    }
    try {
      for (const [name, text] of Object.entries(FILES.files)) {
        t.is(await readFile(join(point, name), 'utf8'), text, `${name}${option}`);
      }
    } finally {
      spawnSync('umount', [point]);
    }
  }
});

/** Every byte of an image that is not zero, in lines of sixteen, each with its sector and place there. */
function dump(image: Uint8Array): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < image.length; at += 16) {
    const line = Buffer.from(image.subarray(at, at + 16));
    if (line.every((byte) => byte === 0 || byte === 0x20)) continue;
    const place = `${Math.floor(at / SECTOR_BYTES)}+${(at % SECTOR_BYTES).toString(16).padStart(3, '0')}`;
    const text = line.toString('latin1').replaceAll(/[^\x21-\x7e]/g, '.');
    lines.push(`${place} ${line.toString('hex')} ${text}`);
  }
  return lines;
}

test('every byte is where it was', (t) => {
  const image = isoImage('cidata', [
    { name: 'meta-data', bytes: Buffer.from('one\n') },
    { name: 'user-data', bytes: Buffer.from('other\n') },
  ]);
  t.snapshot(dump(image));
});

test('the order of the files does not matter, and the bytes are the same each time', (t) => {
  const { files } = nodeFiles('c1');
  const backwards = Object.fromEntries(Object.entries(files).reverse());
  const image = seedIso(nodeFiles('c1'));
  t.deepEqual(seedIso({ ...nodeFiles('c1'), files: { ...files, ...backwards } }), image);
  t.deepEqual(seedIso(nodeFiles('c1')), image);
});

test('a drive that reads ahead finds zeros behind the last file', (t) => {
  const image = seedIso(nodeFiles('c1'));
  t.is(image.length % SECTOR_BYTES, 0);
  t.true(image.subarray(-150 * SECTOR_BYTES).every((byte) => byte === 0));
});
