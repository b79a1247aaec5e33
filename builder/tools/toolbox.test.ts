import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import test from 'ava';
import { KilnError } from '../report/errors.ts';
import { Scratch } from '../report/scratch.ts';
import { sha256OfFile } from '../report/sha256.ts';
import { buildTar } from '../testing/deb-builder.ts';
import { testToolbox } from '../testing/toolbox.ts';
import { makeFat } from './fat.ts';
import { depmod } from './kmod.ts';
import { compilePython } from './python.ts';
import { REQUIRED_FILES, REQUIRED_TOOLS } from './required.ts';
import { run } from './run.ts';
import { sqfstar } from './sqfstar.ts';
import { ToolError } from './tool-error.ts';
import { hostArch, programsOf, toolboxAt } from './toolbox.ts';
import { veritysetupFormat, veritysetupVerify } from './veritysetup.ts';
import { toolboxDecoder } from './xz.ts';
import { zstdCompress } from './zstd.ts';

const EPOCH = 1_700_000_000;
const toolbox = testToolbox();

test.before('the toolbox is there', async (t) => {
  t.timeout(600_000, 'fetching and unpacking the tools');
  await toolbox;
});

test('every program finds all its libraries in the toolbox', async (t) => {
  const tools = await toolbox;
  const loaderWords = tools.command('xz').indexOf('--argv0');
  const loader = tools.command('xz').slice(0, loaderWords);
  for (const name of programsOf(tools)) {
    let argv: readonly string[];
    try {
      argv = tools.command(name);
    } catch {
      continue; // A script of a shell that is no tool.
    }
    const program = argv[loaderWords + 2] ?? '';
    const { stdout } = await run([...loader, '--list', program], {
      env: tools.env,
      okExitCodes: [0, 1],
    });
    const strangers = [...stdout.matchAll(/=> (\S+)/g)]
      .map((match) => match[1] ?? '')
      .filter((path) => !path.startsWith(tools.root));
    t.deepEqual(strangers, [], name);
  }
});

test('every program that Kiln calls starts', async (t) => {
  const tools = await toolbox;
  for (const name of [
    'xz',
    'zstd',
    'mksquashfs',
    'veritysetup',
    'depmod',
    'modinfo',
    'python3.13',
    'sfdisk',
    'systemd-repart',
    'systemctl',
    'objdump',
    'sbsign',
    'qemu-img',
    'qemu-system-x86_64',
    'qemu-system-aarch64',
  ]) {
    const flag = name === 'mksquashfs' ? '-version' : '--version';
    const { stdout, stderr } = await run([...tools.command(name), flag], { env: tools.env });
    t.regex(stdout + stderr, /\d/, name);
  }
});

test('every program and file that Kiln needs is there', async (t) => {
  const tools = await toolbox;
  for (const { program } of REQUIRED_TOOLS) t.notThrows(() => tools.command(program), program);
  for (const { file } of REQUIRED_FILES) t.notThrows(() => tools.file(file), file);
});

test('xz and zstd streams are read by the programs, and damage is noticed', async (t) => {
  await using scratch = await Scratch.create('tools');
  const tools = await toolbox;
  const decoder = toolboxDecoder(tools);
  const path = join(scratch.path, 'z');
  await zstdCompress(tools, {
    input: Readable.from([Buffer.alloc(1 << 20, 'kiln')]),
    output: path,
    level: 3,
  });
  const compressed = await readFile(path);
  const plain = await decoder.decode(Readable.from([compressed]), 'zstd').toArray();
  t.true(Buffer.concat(plain).equals(Buffer.alloc(1 << 20, 'kiln')));
  await t.throwsAsync(
    decoder.decode(Readable.from([compressed.subarray(0, -5)]), 'zstd').toArray(),
    { instanceOf: ToolError },
  );
  await t.throwsAsync(decoder.decode(Readable.from([compressed]), 'xz').toArray(), {
    instanceOf: ToolError,
  });
});

test('a reader that stops early leaves no decoder behind', async (t) => {
  const tools = await toolbox;
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(1 << 16);
    })(),
  );
  const plain = toolboxDecoder(tools).decode(endless, 'zstd');
  plain.destroy();
  await t.throwsAsync(plain.toArray());
  t.pass();
});

test('a squashfs and its hash tree are the same each time, and a changed byte is noticed', async (t) => {
  await using scratch = await Scratch.create('tools');
  const tools = await toolbox;
  const tar = await buildTar([
    { name: 'etc', type: 'directory', mode: 0o755 },
    { name: 'etc/shadow', body: 'x'.repeat(10_000), mode: 0o640, gid: 42 },
  ]);
  const results = [];
  for (const turn of ['a', 'b']) {
    const data = join(scratch.path, `${turn}.squashfs`);
    const hash = join(scratch.path, `${turn}.verity`);
    await sqfstar(tools, {
      tar: Readable.from([tar]),
      output: data,
      epoch: EPOCH,
      level: 9,
      blockSize: 262_144,
    });
    const uuid = '01234567-89ab-cdef-0123-456789abcdef';
    const rootHash = await veritysetupFormat(tools, { data, hash, salt: 'ab'.repeat(32), uuid });
    await veritysetupVerify(tools, { data, hash, rootHash });
    results.push({ rootHash, data: await sha256OfFile(data), hash: await sha256OfFile(hash) });
  }
  t.deepEqual(results[0], results[1]);
  const data = join(scratch.path, 'a.squashfs');
  const listed = await run([...tools.command('unsquashfs'), '-llnumeric', data], {
    env: tools.env,
  });
  t.regex(listed.stdout, /-rw-r----- 0\/42\s+10000 .* squashfs-root\/etc\/shadow/);
  const bytes = await readFile(data);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  await writeFile(data, bytes);
  const verify = veritysetupVerify(tools, {
    data,
    hash: join(scratch.path, 'a.verity'),
    rootHash: results[0]?.rootHash ?? '',
  });
  await t.throwsAsync(verify, { instanceOf: ToolError });
});

test('a FAT image is the same each time and has its files', async (t) => {
  await using scratch = await Scratch.create('tools');
  const tools = await toolbox;
  const source = join(scratch.path, 'source');
  await writeFile(source, 'a kernel');
  const path = 'EFI/Linux/kiln_0.1.0+3.efi';
  const digests = [];
  for (const turn of ['a', 'b']) {
    const image = join(scratch.path, `${turn}.img`);
    await makeFat(tools, {
      image,
      sizeBytes: 64 << 20,
      label: 'KILN-ESP',
      volumeId: 0xabc,
      epoch: EPOCH,
      files: [{ path, source }],
    });
    digests.push(await sha256OfFile(image));
    // FAT has times of two seconds.
    await new Promise((resolve) => setTimeout(resolve, 2100));
  }
  t.is(digests[0], digests[1]);
  const image = join(scratch.path, 'a.img');
  const { stdout } = await run([...tools.command('mtype'), '-i', image, `::${path}`], {
    env: tools.env,
  });
  t.is(stdout, 'a kernel');
  const { stdout: listing } = await run([...tools.command('mdir'), '-i', image, '::'], {
    env: tools.env,
  });
  t.regex(listing, /KILN-ESP[\s\S]*0000-0ABC[\s\S]*2023-11-14 {2}22:13/);
});

test('bytecode is beside its source and does not depend on times', async (t) => {
  await using scratch = await Scratch.create('tools');
  const tools = await toolbox;
  const digests = [];
  for (const turn of ['a', 'b']) {
    const root = join(scratch.path, turn);
    await mkdir(join(root, 'usr/lib/demo'), { recursive: true });
    await writeFile(
      join(root, 'usr/lib/demo/one.py'),
      'def f(a, b={"x": 1}):\n    return a in {"p", "q", "r"}\n',
    );
    await compilePython(tools, { root, paths: ['usr/lib/demo'] });
    const pyc = await readFile(join(root, 'usr/lib/demo/__pycache__/one.cpython-313.pyc'));
    t.true(pyc.includes('/usr/lib/demo/one.py'));
    digests.push(pyc.toString('base64'));
  }
  t.is(digests[0], digests[1]);
});

test('a source that is no Python is an error that names it', async (t) => {
  await using scratch = await Scratch.create('tools');
  await writeFile(join(scratch.path, 'bad.py'), 'def (:\n');
  const error = await t.throwsAsync(
    compilePython(await toolbox, { root: scratch.path, paths: ['bad.py'] }),
    { instanceOf: ToolError },
  );
  t.regex(error.message, /bad\.py/);
});

test('depmod writes its indexes below the root', async (t) => {
  await using scratch = await Scratch.create('tools');
  const directory = join(scratch.path, 'usr/lib/modules/6.12.0');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'modules.order'), '');
  await writeFile(join(directory, 'modules.builtin'), 'kernel/fs/ext4.ko\n');
  await depmod(await toolbox, { root: scratch.path, release: '6.12.0' });
  t.is(await readFile(join(directory, 'modules.dep'), 'utf8'), '');
});

test('a program that no package has is an error that says what to do', async (t) => {
  const tools = await toolbox;
  const error = t.throws(() => tools.command('gcc'), { instanceOf: KilnError });
  t.snapshot({ message: error.message, hint: error.hint });
});

test('programs are started by the loader of the architecture', (t) => {
  const error = t.throws(
    () => toolboxAt('/nonexistent', 'arm64', '').file('usr/lib/ld-linux-aarch64.so.1'),
    { instanceOf: KilnError },
  );
  t.is(error.message, 'No tool package has the file usr/lib/ld-linux-aarch64.so.1');
});

test('Kiln runs on x86_64 and arm64 only', (t) => {
  t.is(hostArch('x64'), 'x86_64');
  t.is(hostArch('arm64'), 'arm64');
  const error = t.throws(() => hostArch('riscv64'), { instanceOf: KilnError });
  t.snapshot({ message: error.message, hint: error.hint });
});
