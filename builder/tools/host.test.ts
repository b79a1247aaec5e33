import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { KilnError } from '../report/errors.ts';
import { Scratch } from '../report/scratch.ts';
import {
  directoryFinding,
  examineHost,
  isNoexec,
  memoryFinding,
  systemFinding,
  userFinding,
} from './host.ts';

test('this machine is examined without an error', async (t) => {
  await using scratch = await Scratch.create('host');
  const findings = await examineHost({
    storeRoot: join(scratch.path, 'not/there/yet'),
    out: 'out',
    describeMirrors: () =>
      Promise.reject(new KilnError('download', 'no mirror', { hint: 'name one' })),
    kvmWorks: false,
  });
  t.deepEqual(
    findings.map(({ subject }) => subject),
    ['system', 'node', 'shell', 'user', 'cores', 'memory', 'store', 'releases', 'kvm', 'mirror'],
  );
  t.deepEqual(
    findings.filter(({ state }) => state === 'missing'),
    [],
  );
  t.deepEqual(
    findings.find(({ subject }) => subject === 'mirror'),
    {
      subject: 'mirror',
      state: 'note',
      value: 'no mirror',
      advice: 'name one',
    },
  );
});

test('another system is missing something', (t) => {
  t.is(systemFinding('linux', 'x64').state, 'ok');
  t.is(systemFinding('linux', 'arm64').state, 'ok');
  t.is(systemFinding('linux', 'riscv64').state, 'missing');
  t.is(systemFinding('darwin', 'arm64').state, 'missing');
});

test('root is told that it is not needed', (t) => {
  t.is(userFinding({ username: 'ada', uid: 1000 }).state, 'ok');
  t.is(userFinding({ username: 'root', uid: 0 }).state, 'note');
});

test('little memory is noted', (t) => {
  t.is(memoryFinding({ available: 4e9, total: 8e9 }).state, 'ok');
  t.snapshot(memoryFinding({ available: 3e8, total: 5e8 }));
});

test('little space is noted', async (t) => {
  t.is((await directoryFinding('store', '/', 1e9)).state === 'ok', false);
});

test('a directory that cannot be written is missing', async (t) => {
  if (process.getuid?.() === 0) {
    t.pass('root may write everywhere');
    return;
  }
  await using scratch = await Scratch.create('host');
  const path = join(scratch.path, 'closed');
  await mkdir(path);
  await chmod(path, 0o555);
  t.is((await directoryFinding('releases', path, 0)).state, 'missing');
});

test('noexec is seen on the nearest mount', (t) => {
  const mounts = [
    '/dev/a / ext4 rw,relatime 0 0',
    'tmpfs /data tmpfs rw,nosuid,noexec 0 0',
    'tmpfs /data/run tmpfs rw,nosuid 0 0',
    '',
  ].join('\n');
  t.false(isNoexec('/home/ada', mounts));
  t.true(isNoexec('/data', mounts));
  t.true(isNoexec('/data/store', mounts));
  t.false(isNoexec('/data/run/x', mounts));
  t.false(isNoexec('/database', mounts));
});
