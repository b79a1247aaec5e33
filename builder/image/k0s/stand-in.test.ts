import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import { run } from '../../tools/run.ts';
import { Store } from '../store/store.ts';
import { packStandIn } from './stand-in.ts';
import { zip } from './zip.ts';

async function packed(t: ExecutionContext): Promise<string> {
  const store = await Store.open(join(await emptyDirectory(t), 'store'));
  return await packStandIn({ store, toolbox: await testToolbox() });
}

async function python(...args: readonly string[]) {
  const toolbox = await testToolbox();
  return await run([...toolbox.command('python3.13'), ...args], { env: toolbox.env });
}

test('the same sources give the same bytes in another store', async (t) => {
  const [one, other] = await Promise.all([packed(t), packed(t)]);
  t.deepEqual(await readFile(one), await readFile(other));
  t.is((await stat(one)).mode & 0o777, 0o755);
});

test('the program runs, from bytecode', async (t) => {
  const program = await packed(t);
  t.is((await readFile(program)).toString('latin1', 0, 22), '#!/usr/bin/python3 -I\n');
  t.is((await python(program, 'version')).stdout, 'v1.36.3+k0s.2\n');
  const whence =
    'import sys; sys.path.insert(0, sys.argv[1]); import k0s_standin.cli as m; print(m.__file__)';
  t.is((await python('-c', whence, program)).stdout, `${program}/k0s_standin/cli.pyc\n`);
});

test('an archive is what others read as one, whatever stands before it', async (t) => {
  const file = join(await emptyDirectory(t), 'a.zip');
  const content = Buffer.from('text\n'.repeat(1000));
  await writeFile(
    file,
    zip(Buffer.from('#!/bin/true\n'), [
      { name: 'a/b', content },
      { name: 'é', content: Buffer.alloc(0) },
    ]),
  );
  await python('-m', 'zipfile', '-t', file);
  const names =
    'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.namelist(), len(z.read("a/b")))';
  t.is((await python('-c', names, file)).stdout, "['a/b', 'é'] 5000\n");
});
