import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import { crc32 } from '../artifacts/crc32.ts';
import { defaultEnvironment, environmentFile, refuseOldUBoot, withEnvironment } from './u-boot.ts';

const PROGRAM = Buffer.from(
  'code\0cyclic list - list functions\n\0arch=arm\0bootcmd=bootflow scan\0bootdelay=2\0empty=\0\0\x01more\0bootm=no\0',
);

test('the environment in the program is found, with what stands before the command', (t) => {
  t.deepEqual(
    [...defaultEnvironment(PROGRAM)],
    [
      ['arch', 'arm'],
      ['bootcmd', 'bootflow scan'],
      ['bootdelay', '2'],
      ['empty', ''],
    ],
  );
});

test('a program without an environment is refused', (t) => {
  for (const program of ['', 'bootcmd=x', 'a\0bootcmd=x', 'a\0bootcmd=x\0no entry\0\0']) {
    const error = t.throws(() => defaultEnvironment(Buffer.from(program)), {
      instanceOf: KilnError,
    });
    t.is(error!.code, 'lock');
  }
});

test('another environment takes the place of the one in the program, and no byte more', (t) => {
  const environment = new Map([
    ['arch', 'arm'],
    ['bootcmd', 'dhcp'],
  ]);
  const changed = withEnvironment(PROGRAM, environment);
  t.deepEqual(defaultEnvironment(changed), environment);
  t.is(changed.length, PROGRAM.length);
  const [start, end] = [PROGRAM.indexOf('arch='), PROGRAM.indexOf('\x01more')];
  t.deepEqual(changed.subarray(0, start), PROGRAM.subarray(0, start));
  t.deepEqual(changed.subarray(end), PROGRAM.subarray(end));

  const whole = withEnvironment(PROGRAM, defaultEnvironment(PROGRAM));
  t.deepEqual(whole, PROGRAM);
  const longer = new Map([...defaultEnvironment(PROGRAM), ['bootdelay', '-2']]);
  t.throws(() => withEnvironment(PROGRAM, longer), { instanceOf: KilnError, message: /no room/ });
});

test('an environment file vouches for its texts', (t) => {
  const file = environmentFile(new Map([['bootdelay', '-2']]));
  t.is(file.length, 0x4000);
  t.is(file.toString('latin1', 4, 18), 'bootdelay=-2\0\0');
  t.is(file.readUInt32LE(0), crc32(file.subarray(4)));
  t.throws(() => environmentFile(new Map([['x', 'y'.repeat(0x4000)]])), { message: /too large/ });
});

test('U-Boot that cannot count tries is refused, also one of its candidates', (t) => {
  for (const version of ['2025.07-1', '2025.10+dfsg-1', '2026.10~rc5-1']) {
    t.notThrows(() => refuseOldUBoot('u-boot-rpi', version));
  }
  for (const version of ['2025.01-3+deb13u1', '2025.07~rc4-1']) {
    const error = t.throws(() => refuseOldUBoot('u-boot-rpi', version), { instanceOf: KilnError });
    t.snapshot(`${error!.message}\n${error!.hint}`);
  }
});
