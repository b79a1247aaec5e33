import test from 'ava';
import { makeIsoArgs } from './xorriso.ts';

const OPTIONS = {
  output: '/out/a.iso',
  volumeId: 'KILN_01234567',
  epoch: 1_700_000_000,
  diskUuid: '01234567-89ab-8cde-8f01-23456789abcd',
  efiImage: { path: 'efi.img', source: '/tmp/efi.img' },
  files: [
    { path: 'system.efi', source: '/tmp/system.efi' },
    { path: 'README.txt', source: '/tmp/a=b\\c/README.txt' },
  ],
};

test('the arguments of an ISO', (t) => {
  t.snapshot(makeIsoArgs(OPTIONS));
});
