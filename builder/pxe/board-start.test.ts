import test from 'ava';
import type { BootChoice } from '../image/artifacts/boot-script.ts';
import { netbootFiles } from '../image/artifacts/netboot.ts';
import { startEnvironment } from './board-start.ts';
import { parseSeedPath } from './seeds/address.ts';

const CMDLINE = 'roothash=ab ro console=ttyS1';
const CHOICE: BootChoice = {
  ...({ title: 'edge 1.2 for arm64', arch: 'arm64' } as const),
  files: netbootFiles({ name: 'edge', version: '1.2', arch: 'arm64' }),
  cmdlines: { diskless: CMDLINE, install: `${CMDLINE} kiln.install` },
};
const SERVER = { address: '10.9.0.2', base: 'http://10.9.0.2:8080/' } as const;

test('what U-Boot starts an image with: the whole command line, and where the seed is', (t) => {
  t.snapshot(startEnvironment({ ...SERVER, hasSeeds: true }, CHOICE));
});

test('without a site there is no seed to look for, and nothing ever installs', (t) => {
  const text = startEnvironment({ ...SERVER, hasSeeds: false }, CHOICE);
  t.snapshot(text);
  t.notRegex(text, /kiln\.install|@1/);
});

test('the seed’s address is one that the server reads, once U-Boot has filled its MAC in', (t) => {
  const text = startEnvironment({ ...SERVER, hasSeeds: true }, CHOICE);
  const [, path = ''] = /s=http:\/\/10\.9\.0\.2:8080\/(\S+)"/.exec(text) ?? [];
  const filled = path.replace(`\${ethaddr}`, 'DC:A6:32:00:00:01');
  const { mac, file } = parseSeedPath(`${filled}meta-data`) ?? {};
  t.deepEqual([mac, file], ['dc:a6:32:00:00:01', 'meta-data']);
});

test('what `env import` would take off is written twice', (t) => {
  const cmdlines = { ...CHOICE.cmdlines, diskless: `${CMDLINE} name=a\\b` };
  const text = startEnvironment({ ...SERVER, hasSeeds: false }, { ...CHOICE, cmdlines });
  t.true(text.includes(' name=a\\\\b '));
});
