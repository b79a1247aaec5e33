import test from 'ava';
import { makeIsoArgs } from './xorriso.ts';

const OPTIONS = {
  output: '/out/a.iso',
  volumeId: 'KILN_01234567',
  epoch: 1_700_000_000,
  diskUuid: '01234567-89ab-8cde-8f01-23456789abcd',
  efiImage: { path: '/tmp/efi.fat', sizeBytes: 16 << 20 },
  files: [
    { path: 'system.efi', source: '/tmp/system.efi' },
    { path: 'README.txt', source: '/tmp/a=b\\c/README.txt' },
  ],
};

test('the arguments of an ISO', (t) => {
  t.snapshot(makeIsoArgs(OPTIONS));
});

test('the boot catalog counts sectors as long as 16 bits are enough', (t) => {
  const count = (sizeBytes: number) => {
    const argv = makeIsoArgs({ ...OPTIONS, efiImage: { path: '/tmp/efi.fat', sizeBytes } });
    return argv[argv.indexOf('-boot-load-size') + 1];
  };
  t.is(count(65535 * 512), '65535');
  t.is(count(65536 * 512), '1');
});
