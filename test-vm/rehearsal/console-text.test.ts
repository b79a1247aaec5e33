import test from 'ava';
import { kernelStarts, lastLines, plain } from './console-text.ts';

const BOOT = [
  '\u001b[2J\u001b[01;01H\u001b[=3hBdsDxe: starting Boot0001\r\n',
  ' \u001b[25;17H\u001b[0m   kiln 0.1.0   \u001b[28;01H Boot in 1 s. ────────',
  '\u001b[2JEFI stub: Loaded initrd from LINUX_EFI_INITRD_MEDIA_GUID device path\r\n',
].join('');

test('a kernel is counted each time that it starts', (t) => {
  t.is(kernelStarts(''), 0);
  t.is(kernelStarts(BOOT), 1);
  t.is(kernelStarts(`${BOOT}reboot: Restarting system\r\n${BOOT}`), 2);
});

test('the last lines that say something, without drawing', (t) => {
  t.deepEqual(lastLines(BOOT, 3), [
    'kiln 0.1.0',
    'Boot in 1 s. ────────',
    'EFI stub: Loaded initrd from LINUX_EFI_INITRD_MEDIA_GUID device path',
  ]);
  t.deepEqual(lastLines('\r\n  \r\n────\r\n', 3), []);
});

test('nothing in a text steers a terminal', (t) => {
  t.is(plain('a\u001b[31mb\u0007\n\u009bc'), 'ab c');
});
