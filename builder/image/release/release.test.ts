import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import type { Meter } from '../../report/progress.ts';
import { Scratch } from '../../report/scratch.ts';
import { sha256 } from '../../report/sha256.ts';
import {
  type Inputs,
  inputsKey,
  type Manifest,
  makeManifest,
  manifestText,
  readManifest,
} from './manifest.ts';
import { releaseDirectory, sealRelease } from './seal.ts';
import { findUpToDate } from './up-to-date.ts';
import { verifyRelease } from './verify.ts';

const NAME = { name: 'kiln', version: '0.1.0', arch: 'x86_64' } as const;
const METER: Meter = { expect: () => {}, advance: () => {}, note: () => {} };

const INPUTS: Inputs = {
  kiln: { version: '0.1.0', sha256: '1'.repeat(64) },
  definition: [{ file: 'images/x86_64.yaml', sha256: '2'.repeat(64) }],
  completed: '3'.repeat(64),
  lock: '4'.repeat(64),
  overlays: [{ name: 'base', sha256: '5'.repeat(64) }],
  k0s: { kind: 'stand-in', version: 'stand-in', sha256: '6'.repeat(64) },
  toolbox: { identity: '7'.repeat(64), tools: [{ name: 'zstd', version: '1.5.7' }] },
  packages: [{ name: 'bash', version: '5.2', architecture: 'amd64', sha256: '8'.repeat(64) }],
};

function manifestOf(contents: Readonly<Record<string, string>>): Manifest {
  return makeManifest({
    definition: { ...NAME, board: 'uefi', variant: 'production' },
    epoch: 1_700_000_000,
    rootfs: { rootHash: 'ab'.repeat(32), imageBytes: 4096, hashTreeBytes: 8192 },
    boot: { kernelRelease: '6.12.1-amd64', cmdline: 'ro', initrdBytes: 100 },
    table: {
      diskUuid: '00112233-4455-6677-8899-aabbccddeeff',
      diskBytes: 1_048_576,
      partitions: [
        {
          label: 'esp',
          type: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
          uuid: '00112233-4455-6677-8899-aabbccddeeff',
          attributes: [],
          offsetBytes: 1_048_576,
          sizeBytes: 512,
        },
      ],
    },
    cnis: ['calico', 'calico/vxlan'],
    outputs: Object.entries(contents).map(([file, text]) => ({
      file,
      sizeBytes: text.length,
      sha256: sha256(text),
    })),
    inputs: INPUTS,
  });
}

const FILES = { 'kiln.raw': 'disk', 'kiln.efi': 'kernel' };

async function fill(directory: string, files: Readonly<Record<string, string>>): Promise<Manifest> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return manifestOf(files);
}

async function seal(out: string, files: Readonly<Record<string, string>> = FILES): Promise<string> {
  const release = await sealRelease(out, NAME, (directory) => fill(directory, files));
  return release.directory;
}

test('the manifest names every input and output, in a fixed order', (t) => {
  t.snapshot(manifestText(manifestOf(FILES)));
});

test('the key depends on what the inputs are, not on how their objects were made', (t) => {
  const reversed = Object.fromEntries(Object.entries(INPUTS).reverse());
  t.is(inputsKey({ ...INPUTS, ...reversed }), inputsKey(INPUTS));
  t.not(inputsKey({ ...INPUTS, lock: '9'.repeat(64) }), inputsKey(INPUTS));
});

test('a release has its files and its manifest, all of the same time', async (t) => {
  await using scratch = await Scratch.create('release');
  const directory = await seal(scratch.path);
  t.is(directory, join(scratch.path, 'kiln-0.1.0-x86_64'));
  t.deepEqual(await readdir(scratch.path), ['kiln-0.1.0-x86_64']);
  t.deepEqual((await readdir(directory)).sort(), ['kiln.efi', 'kiln.raw', 'manifest.json']);
  for (const name of await readdir(directory)) {
    t.is((await stat(join(directory, name))).mtimeMs, 1_700_000_000_000);
  }
  t.is((await readManifest(directory)).name, 'kiln');
});

test('a new release takes the place of the old one', async (t) => {
  await using scratch = await Scratch.create('release');
  await seal(scratch.path, { 'old.raw': 'old' });
  const directory = await seal(scratch.path);
  t.deepEqual((await readdir(directory)).sort(), ['kiln.efi', 'kiln.raw', 'manifest.json']);
  t.deepEqual(await readdir(scratch.path), ['kiln-0.1.0-x86_64']);
});

test('a build that fails leaves the old release as it was and nothing else', async (t) => {
  await using scratch = await Scratch.create('release');
  const directory = await seal(scratch.path);
  const failing = sealRelease(scratch.path, NAME, async (partial) => {
    await writeFile(join(partial, 'half'), 'half');
    throw new Error('no space');
  });
  await t.throwsAsync(failing, { message: 'no space' });
  t.deepEqual(await readdir(scratch.path), ['kiln-0.1.0-x86_64']);
  t.is(await readFile(join(directory, 'kiln.raw'), 'utf8'), 'disk');
});

/** A process number that no process has. */
const DEAD = 4_194_304 + 1;

test('what a killed build left is removed', async (t) => {
  await using scratch = await Scratch.create('release');
  await mkdir(join(scratch.path, `.kiln-0.1.0-x86_64.partial-${DEAD}`));
  await mkdir(join(scratch.path, `.kiln-0.2.0-x86_64.partial-${DEAD}`));
  await seal(scratch.path);
  t.deepEqual((await readdir(scratch.path)).sort(), [
    `.kiln-0.2.0-x86_64.partial-${DEAD}`,
    'kiln-0.1.0-x86_64',
  ]);
});

test('a build beside this one is left alone', async (t) => {
  await using scratch = await Scratch.create('release');
  const other = `.kiln-0.1.0-x86_64.partial-${process.ppid}`;
  await mkdir(join(scratch.path, other));
  await seal(scratch.path);
  t.true((await readdir(scratch.path)).includes(other));
});

test('a release that a killed build had moved away is put back', async (t) => {
  await using scratch = await Scratch.create('release');
  const old = join(scratch.path, `.kiln-0.1.0-x86_64.old-${DEAD}`);
  await mkdir(old);
  await fill(old, FILES);
  const failing = sealRelease(scratch.path, NAME, () => Promise.reject(new Error('no space')));
  await t.throwsAsync(failing, { message: 'no space' });
  t.is(await readFile(join(releaseDirectory(scratch.path, NAME), 'kiln.raw'), 'utf8'), 'disk');
});

test('a release is up to date while inputs and files are the same', async (t) => {
  await using scratch = await Scratch.create('release');
  const directory = await seal(scratch.path);
  t.truthy(await findUpToDate(directory, inputsKey(INPUTS)));
  t.is(await findUpToDate(directory, '0'.repeat(64)), undefined);
  t.is(await findUpToDate(join(scratch.path, 'none'), inputsKey(INPUTS)), undefined);
});

for (const [what, text] of [
  ['of another size', 'longer'],
  ['of the same size', 'DISK'],
]) {
  test(`a changed file ${what} makes a release out of date`, async (t) => {
    await using scratch = await Scratch.create('release');
    const directory = await seal(scratch.path);
    await writeFile(join(directory, 'kiln.raw'), text!);
    t.is(await findUpToDate(directory, inputsKey(INPUTS)), undefined);
  });
}

test('a release that is as it was built is verified', async (t) => {
  await using scratch = await Scratch.create('release');
  t.is((await verifyRelease(await seal(scratch.path), METER)).version, '0.1.0');
});

test('every missing, changed and unknown file of a release is named', async (t) => {
  await using scratch = await Scratch.create('release');
  const directory = await seal(scratch.path, { ...FILES, 'kiln.raw.bmap': 'map' });
  await writeFile(join(directory, 'kiln.raw'), 'dish');
  await writeFile(join(directory, 'extra'), '');
  await rm(join(directory, 'kiln.raw.bmap'));
  const error = await t.throwsAsync(verifyRelease(directory, METER), { instanceOf: KilnError });
  t.is(error.code, 'verification');
  t.snapshot(error.message.replaceAll(scratch.path, 'out'));
});

for (const [what, text] of [
  ['that is cut short', '{"format": 1, "outp'],
  ['of a newer format', '{"format": 2, "epoch": 1, "outputs": []}'],
  [
    'with a file name that leads away',
    '{"format":1,"epoch":1,"outputs":[{"file":"../x","sizeBytes":1,"sha256":""}]}',
  ],
]) {
  test(`a manifest ${what} is refused`, async (t) => {
    await using scratch = await Scratch.create('release');
    await writeFile(join(scratch.path, 'manifest.json'), text!);
    await t.throwsAsync(readManifest(scratch.path), { message: /no manifest that this Kiln/ });
  });
}

test('a directory without a manifest is no release', async (t) => {
  await using scratch = await Scratch.create('release');
  await t.throwsAsync(readManifest(scratch.path), { code: 'usage', message: /is no release/ });
});

test('a manifest that cannot be read is not taken for a missing one', async (t) => {
  await using scratch = await Scratch.create('manifest');
  await symlink('/proc/self/mem', join(scratch.path, 'manifest.json'));
  // Nobody, not even root, reads the first page of a program.
  const error = await t.throwsAsync(readManifest(scratch.path), { instanceOf: KilnError });
  t.regex(error?.message ?? '', /failed to read/);
});
