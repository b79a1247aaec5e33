import test from 'ava';
import { osReleaseFields, osReleaseText } from './os-release.ts';

const IMAGE = {
  name: 'edge',
  version: '1.2~rc1',
  description: 'Say "hi" for $5',
  variant: 'production',
} as const;

test('os-release tells image, variant and k0s, quoted for shells', (t) => {
  const k0s = { kind: 'release', version: 'v1.36.3+k0s.2' } as const;
  t.snapshot(osReleaseText(osReleaseFields(IMAGE, k0s)));
});

test('an image with the stand-in and one for development say so', (t) => {
  const k0s = { kind: 'stand-in', version: 'stand-in' } as const;
  t.snapshot(osReleaseText(osReleaseFields({ ...IMAGE, variant: 'development' }, k0s)));
});

test('a value never breaks out of its line', (t) => {
  t.is(osReleaseText({ A: 'x\nROOT=1', B: '`id`\\' }), 'A="x ROOT=1"\nB="\\`id\\`\\\\"\n');
});
