import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';
import { removeTree } from '../../builder/image/store/temporary.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { install } from './installation.ts';

const scratch = await Scratch.create('output');
const tree = await install(join(scratch.path, 'kiln'));
test.after.always(() => removeTree(scratch.path));

/** Runs a line of shell, in which `kiln` is the command line. */
function shell(line: string) {
  const kiln = `kiln() { "${process.execPath}" "${join(tree, 'dist/builder/cli.js')}" "$@"; }`;
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', `${kiln}; ${line}`], {
    ...{ cwd: tree, encoding: 'utf8' },
    env: { PATH: process.env.PATH, KILN_STORE: join(scratch.path, 'store') },
  });
  return { status, stdout, stderr };
}

test('a reader who has seen enough is no error', (t) => {
  t.timeout(5 * 60_000);
  for (const command of ['--help', 'show images/x86_64.yaml', 'help build']) {
    // The reader leaves before the first byte is written.
    const { stderr } = shell(`kiln ${command} | true`);
    t.is(stderr, '', command);
  }
});

test('a build whose reader leaves stops, and its messages hurt nobody', (t) => {
  t.timeout(5 * 60_000);
  const line =
    'kiln build images/x86_64.yaml --mirror http://127.0.0.1:1/debian 2>&1 | true; echo after';
  t.deepEqual(shell(line), { status: 0, stdout: 'after\n', stderr: '' });
});

test('results that cannot be written are an error of the machine', (t) => {
  t.timeout(5 * 60_000);
  const { status, stderr } = shell('kiln show images/x86_64.yaml > /dev/full');
  t.is(status, 6);
  t.snapshot(stderr);
});
