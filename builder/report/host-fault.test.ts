import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { describeError, exitCodeOf, KilnError } from './errors.ts';
import { hostFault, writingTo } from './host-fault.ts';
import { Scratch } from './scratch.ts';

/** An error as Node makes it for a system call. */
function systemError(code: string, syscall: string, path?: string): Error {
  return Object.assign(new Error(`${code}: no, ${syscall}`), {
    ...{ code, syscall },
    ...(path !== undefined && { path }),
  });
}

for (const code of [
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EACCES',
  'EPERM',
  'ENOTDIR',
  'EMFILE',
  'ENFILE',
  'EIO',
]) {
  test(`${code} is the machine's fault`, (t) => {
    const fault = hostFault(systemError(code, 'open', '/out/a'));
    t.is(exitCodeOf(fault), 6);
    t.snapshot(describeError(fault));
  });
}

test('a write does not know its file: the place is that of the work', async (t) => {
  const error = await t.throwsAsync(
    writingTo('out', () => Promise.reject(systemError('ENOSPC', 'write'))),
    { instanceOf: KilnError, code: 'host' },
  );
  t.is(error?.message, 'out: there is no space left on the disk');
});

test("a tool's full disk is the machine's fault, with the tool's own words", (t) => {
  const failed = new KilnError(
    'tool',
    'sqfstar failed with exit code 1:\n  write: No space left on device',
  );
  const fault = hostFault(failed, 'out');
  t.is(exitCodeOf(fault), 6);
  t.snapshot(describeError(fault));
});

test('a file in the place of a directory', async (t) => {
  await using scratch = await Scratch.create('host-fault');
  const path = join(scratch.path, 'out');
  await writeFile(path, '');
  const error = await t.throwsAsync(
    writingTo('out', () => mkdir(path, { recursive: true })),
    { instanceOf: KilnError, code: 'host' },
  );
  t.is(error?.message, `${path}: there is a file where a directory is needed`);
});

const OTHERS: readonly (readonly [what: string, error: unknown])[] = [
  ['a file that is missing', systemError('ENOENT', 'open', '/a')],
  ['a file that is there already', systemError('EEXIST', 'open', '/a')],
  ['a failed tool', new KilnError('tool', 'sqfstar failed')],
  ['an expected failure', new KilnError('definition', 'No space left on device')],
  ['a bug', new TypeError('undefined is not a function')],
  ['a text', 'ENOSPC'],
];

for (const [what, error] of OTHERS) {
  test(`${what} is left as it is`, (t) => {
    t.is(hostFault(error, 'out'), error);
  });
}
