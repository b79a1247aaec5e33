import test from 'ava';
import type { Lockfile } from '../image/lock/lockfile.ts';
import type { Finding } from '../tools/host.ts';
import { diagnose, formatDiagnosis } from './doctor-report.ts';

const HOST: readonly Finding[] = [
  { subject: 'system', state: 'ok', value: 'linux 6.12.0, x64' },
  {
    subject: 'store',
    state: 'missing',
    value: '/data, 9.0 GB free',
    advice: '/data cannot be written',
  },
  {
    subject: 'kvm',
    state: 'note',
    value: 'not there',
    advice: 'virtual machines run under emulation',
  },
];

const LOCK: Lockfile = {
  version: 1,
  arch: 'x86_64',
  definition: { file: 'images/tools.yaml', sha256: '' },
  epoch: 0,
  indexes: [],
  packages: [
    {
      name: 'squashfs-tools',
      version: '1:4.6.1-1',
      architecture: 'amd64',
      archive: 'debian',
      suite: 'trixie',
      path: 'pool/main/s/squashfs-tools/squashfs-tools_4.6.1-1_amd64.deb',
      sizeBytes: 1,
      sha256: '',
      scripts: {},
      because: [],
    },
  ],
};

test('the machine is shown with advice, the tools with versions where they are known', (t) => {
  t.snapshot(formatDiagnosis(diagnose(HOST, LOCK)));
});

test('a machine that lacks something is not ready', (t) => {
  t.false(diagnose(HOST, undefined).isReady);
});

test('notes alone do not keep a machine from being ready', (t) => {
  t.true(
    diagnose(
      HOST.filter(({ state }) => state !== 'missing'),
      undefined,
    ).isReady,
  );
});
