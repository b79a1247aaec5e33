import test from 'ava';
import { type BootChoice, bootScript, SEEDS_BY_MAC } from './boot-script.ts';
import { netbootFiles } from './netboot.ts';

const image = { name: 'edge', version: '1.2' } as const;
const CMDLINE = 'roothash=ab root=/dev/mapper/root ro console=ttyS0';
const x86: BootChoice = {
  ...({ title: 'edge 1.2 for x86_64', arch: 'x86_64', cmdline: CMDLINE } as const),
  files: netbootFiles({ ...image, arch: 'x86_64' }),
};
const arm: BootChoice = {
  ...({ title: 'edge 1.2 for arm64', arch: 'arm64', cmdline: CMDLINE } as const),
  files: netbootFiles({ ...image, arch: 'arm64' }),
};

test('the script of a release finds files and seeds beside itself', (t) => {
  t.snapshot(bootScript({ choices: [x86], base: undefined, seeds: SEEDS_BY_MAC }));
});

test('a script for both architectures, from a server that is known, without seeds', (t) => {
  t.snapshot(bootScript({ choices: [x86, arm], base: 'http://10.0.0.1:8080/', seeds: undefined }));
});

test('every kernel gets its whole command line, its first word as the name of the image', (t) => {
  const script = bootScript({ choices: [x86, arm], base: 'http://h/', seeds: 's/' });
  const kernels = script.split('\n').filter((line) => line.startsWith('kernel '));
  t.is(kernels.length, 3);
  for (const line of kernels) {
    const words = line.replace(/ \|\| goto failed$/, '').split(' ');
    for (const word of CMDLINE.split(' ')) t.is(words.filter((each) => each === word).length, 1);
    t.true(line.includes('.vmlinuz ') || line.startsWith('kernel --name ro '), line);
  }
});

test('every branch that is gone to is there', (t) => {
  const script = bootScript({ choices: [x86, arm], base: undefined, seeds: undefined });
  const labels = new Set(script.match(/^:\S+/gm)?.map((label) => label.slice(1)));
  for (const [, label] of script.matchAll(/goto (\S+)/g)) t.true(labels.has(label ?? ''), label);
});
