import test from 'ava';
import { type BootChoice, bootScript, SEEDS_BY_MAC } from './boot-script.ts';
import { netbootFiles } from './netboot.ts';

const image = { name: 'edge', version: '1.2' } as const;
const CMDLINE = 'roothash=ab root=/dev/mapper/root ro console=ttyS0';
const cmdlines = { diskless: CMDLINE, install: `${CMDLINE} kiln.install` };
const x86: BootChoice = {
  ...({ title: 'edge 1.2 for x86_64', arch: 'x86_64', cmdlines } as const),
  files: netbootFiles({ ...image, arch: 'x86_64' }),
};
const arm: BootChoice = {
  ...({ title: 'edge 1.2 for arm64', arch: 'arm64', cmdlines } as const),
  files: netbootFiles({ ...image, arch: 'arm64' }),
};
const both = [x86, arm];

test('the script of a release finds files and seeds beside itself, and installs when a setting says so', (t) => {
  t.snapshot(bootScript({ choices: [x86], base: undefined, seeds: SEEDS_BY_MAC }));
});

test('a script for both architectures, from a server that is known, without seeds', (t) => {
  const input = { choices: both, base: 'http://10.0.0.1:8080/', seeds: undefined } as const;
  t.snapshot(bootScript({ ...input, purpose: 'diskless' }));
});

test('a script that was not asked to install has nothing that could', (t) => {
  const input = { choices: both, base: 'http://h/', seeds: 's/' } as const;
  t.false(bootScript({ ...input, purpose: 'diskless' }).includes('install'));
  const script = bootScript({ ...input, purpose: 'install' });
  for (const line of script.split('\n').filter((each) => each.startsWith('kernel '))) {
    t.true(line.includes(' kiln.install '), line);
  }
});

test('every kernel gets its whole command line, after the number of its profile where it has profiles', (t) => {
  const script = bootScript({ choices: both, base: 'http://h/', seeds: 's/' });
  const kernels = script.split('\n').filter((line) => line.startsWith('kernel '));
  t.is(kernels.length, 6);
  for (const line of kernels) {
    const words = line.replace(/ \|\| goto failed$/, '').split(' ');
    for (const word of CMDLINE.split(' ')) t.is(words.filter((each) => each === word).length, 1);
    const profile = words.includes('kiln.install') ? '@1' : '@0';
    t.true(line.includes('.vmlinuz ') || line.startsWith(`kernel --name ${profile} `), line);
  }
});

test('every branch that is gone to is there, once', (t) => {
  const script = bootScript({ choices: both, base: undefined, seeds: undefined });
  const labels = script.match(/^:\S+/gm)?.map((label) => label.slice(1)) ?? [];
  t.is(new Set(labels).size, labels.length);
  for (const [, label] of script.matchAll(/goto (\S+)/g))
    t.true(labels.includes(label ?? ''), label);
});
