import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Command } from 'commander';
import { KilnError } from '../report/errors.ts';
import { SILENT } from '../report/progress.ts';
import { Scratch } from '../report/scratch.ts';
import type { DebContents } from '../testing/deb-builder.ts';
import { SMALLEST_IMAGE } from '../testing/image-files.ts';
import { MirrorServer } from '../testing/mirror-server.ts';
import { ARCHIVE_DAY, buildSuite, makeKey, writeKeys } from '../testing/signed-archive.ts';
import { addLock } from './lock.ts';
import { type Outside, type Session, workspaceOf } from './options.ts';
import { addWhy } from './why.ts';

const KEY = await makeKey('Archive');

function deb(Package: string, Version: string, Depends = '', postinst = ''): DebContents {
  const control = { Package, Version, Architecture: 'amd64', Depends };
  return { control, controlFiles: postinst === '' ? {} : { postinst } };
}

const KERNEL = deb('linux-image-amd64', '6.12');
const BEFORE = [deb('bash', '5.2', 'libc6'), deb('libc6', '2.41'), deb('old', '1'), KERNEL];
const AFTER = [
  deb('bash', '5.3', 'libc6, libtinfo6'),
  deb('libc6', '2.41'),
  deb('libtinfo6', '6'),
  KERNEL,
];

/** An image, a mirror and a store of the test's own. */
async function setup(t: ExecutionContext) {
  const scratch = await Scratch.create('lock-command');
  const mirror = await MirrorServer.start();
  t.teardown(async () => {
    await mirror[Symbol.asyncDispose]();
    await scratch[Symbol.asyncDispose]();
  });
  const directory = join(scratch.path, 'images');
  const image = join(directory, 'x.yaml');
  const reviewedScripts = join(scratch.path, 'maintscripts.yaml');
  const keysDirectory = await writeKeys(scratch.path, [KEY]);
  await mkdir(directory);
  await writeFile(reviewedScripts, '[]\n');
  const warnings: string[] = [];
  const session: Session = {
    progress: { ...SILENT, warn: (text) => warnings.push(text) },
    signal: new AbortController().signal,
    env: { KILN_STORE: join(scratch.path, 'store'), KILN_MIRROR: `${mirror.url}/debian` },
    now: new Date(ARCHIVE_DAY.getTime() + 3_600_000),
  };
  const printed: string[] = [];
  const outside: Outside = {
    workspaceOf: (options, env) => ({
      ...workspaceOf(options, env),
      keysDirectory,
      reviewedScripts,
    }),
    print: (text) => printed.push(text.replaceAll(scratch.path, '')),
  };
  return {
    image,
    lockFile: join(directory, 'x.lock.json'),
    warnings,
    writeImage: (text = '') => writeFile(image, `${SMALLEST_IMAGE}${text}`),
    async publish(packages: readonly DebContents[], fields: Readonly<Record<string, string>> = {}) {
      const files = await buildSuite('debian', { suite: 'trixie', packages, fields }, [KEY]);
      for (const [path, bytes] of Object.entries(files)) mirror.put(path, bytes);
    },
    /** What the command prints, or its error. */
    async run(...argv: readonly string[]): Promise<string> {
      const program = new Command().exitOverride();
      addLock(program, session, outside);
      addWhy(program, session, outside);
      printed.length = 0;
      try {
        await program.parseAsync([...argv], { from: 'user' });
        return printed.join('\n');
      } catch (error) {
        if (!(error instanceof KilnError)) throw error;
        const text = `${error.code}: ${error.message}\n${error.hint ?? ''}`;
        return text.replaceAll(scratch.path, '').replaceAll(mirror.url, 'http://mirror');
      }
    },
  };
}

test('a lock is made, checked, renewed with what changed, and explained', async (t) => {
  const { run, writeImage, publish, image, warnings } = await setup(t);
  await writeImage();
  await publish(BEFORE);
  t.snapshot(await run('lock', '--check', image), 'check without a lock');
  t.snapshot(await run('why', image, 'libc6'), 'why without a lock');
  t.snapshot(await run('lock', image), 'first');
  t.snapshot(await run('lock', '--check', image), 'check');
  t.snapshot(await run('lock', image), 'nothing has changed');
  await publish(AFTER);
  t.snapshot(await run('lock', '--dry-run', image), 'dry run');
  t.snapshot(await run('lock', image), 'renewed');
  t.snapshot(await run('why', image, 'libc6'), 'why');
  t.snapshot(await run('why', image, 'libc'), 'why not');
  t.deepEqual(JSON.parse(await run('why', image, 'libc6', '--json')).chain, [
    'x.yaml',
    'bash',
    'libc6',
  ]);
  t.deepEqual(warnings, []);
});

test('a dry run writes nothing', async (t) => {
  const { run, writeImage, publish, image, lockFile } = await setup(t);
  await writeImage();
  await publish(BEFORE);
  t.regex(await run('lock', '--dry-run', image), /3 packages, .*, not written$/);
  await t.throwsAsync(readFile(lockFile), { code: 'ENOENT' });
});

test('a lock whose image asks for other packages is stale', async (t) => {
  const { run, writeImage, publish, image, warnings } = await setup(t);
  await writeImage();
  await publish(BEFORE);
  await run('lock', image);
  await writeImage('omit: { libc6: not needed here }\n');
  t.snapshot(await run('lock', '--check', image));
  t.snapshot(await run('why', image, 'libc6'));
  await run('why', image, 'bash');
  t.is(warnings.length, 2, 'why still answers, and says that the lock is stale');
});

test('a script that nobody has reviewed stops the lock, and the old lock stays', async (t) => {
  const { run, writeImage, publish, image, lockFile } = await setup(t);
  await writeImage();
  await publish(BEFORE);
  await run('lock', image);
  const before = await readFile(lockFile, 'utf8');
  await publish([deb('bash', '6', '', '#!/bin/sh\nmake-the-world-better\n'), KERNEL]);
  const message = await run('lock', image);
  t.regex(message, /^lock: 1 maintainer script is not accounted for/);
  t.regex(message, /make-the-world-better/);
  t.is(await readFile(lockFile, 'utf8'), before);
});

test('an older index is refused unless it is asked for', async (t) => {
  const { run, writeImage, publish, image } = await setup(t);
  await writeImage();
  await publish(BEFORE);
  await run('lock', image);
  await publish(AFTER, { Date: 'Sun, 31 May 2026 12:00:00 UTC' });
  t.snapshot(await run('lock', image));
  t.regex(await run('lock', '--allow-older', image), /bash .* 5.2 → 5.3/);
});

test('every unknown package is an error at its line', async (t) => {
  const { run, writeImage, publish, image } = await setup(t);
  await writeImage();
  await publish([deb('bash', '5.2'), KERNEL]);
  await writeFile(image, SMALLEST_IMAGE.replace('[bash]', '[bsah, zsh]'));
  t.snapshot(await run('lock', image));
});

test('both commands have a help text with examples', (t) => {
  const program = new Command('kiln').configureHelp({ helpWidth: 80 });
  const session: Session = {
    progress: SILENT,
    signal: new AbortController().signal,
    env: {},
    now: ARCHIVE_DAY,
  };
  addLock(program, session);
  addWhy(program, session);
  for (const command of program.commands) {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    t.snapshot(help, command.name());
  }
});
