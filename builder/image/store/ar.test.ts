import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import { Scratch } from '../../report/scratch.ts';
import { buildAr } from '../../testing/deb-builder.ts';
import { type ArMember, readArMembers } from './ar.ts';

async function membersOf(bytes: Buffer): Promise<readonly ArMember[]> {
  await using scratch = await Scratch.create('ar');
  const path = join(scratch.path, 'a.ar');
  await writeFile(path, bytes);
  await using file = await open(path);
  return await readArMembers(file, 'demo 1.0');
}

test('members are found by name, offset and size', async (t) => {
  const archive = buildAr([
    ['odd', Buffer.from('abc')],
    ['even/', Buffer.from('defg')],
  ]);
  t.deepEqual(await membersOf(archive), [
    { name: 'odd', offset: 68, sizeBytes: 3 },
    { name: 'even', offset: 132, sizeBytes: 4 },
  ]);
});

test('an archive without members is fine', async (t) => {
  t.deepEqual(await membersOf(buildAr([])), []);
});

const refusal = test.macro<[bytes: Buffer, message: string]>(async (t, bytes, message) => {
  const error = await t.throwsAsync(membersOf(bytes), { instanceOf: KilnError });
  t.is(error.code, 'verification');
  t.is(error.message, message);
});

const WHOLE = buildAr([['debian-binary', Buffer.from('2.0\n')]]);

test('an empty file is no archive', refusal, Buffer.alloc(0), 'demo 1.0 is no ar archive');
test('another kind of file is no archive', refusal, Buffer.alloc(200), 'demo 1.0 is no ar archive');
test(
  'a member that is cut short is noticed',
  refusal,
  WHOLE.subarray(0, -1),
  'demo 1.0 ends in the middle of a member',
);
test(
  'a header that is cut short is noticed',
  refusal,
  WHOLE.subarray(0, 30),
  'demo 1.0 has no valid ar header at byte 8',
);
test(
  'a size that is no number is noticed',
  refusal,
  Buffer.from(WHOLE.toString('latin1').replace('4         `', '-4        `'), 'latin1'),
  'demo 1.0 has no valid ar header at byte 8',
);
