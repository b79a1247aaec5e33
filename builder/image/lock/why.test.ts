import test from 'ava';
import { sha256 } from '../../report/sha256.ts';
import { tinyIndex } from '../../testing/tiny-index.ts';
import type { Lockfile } from './lockfile.ts';
import { indexPackages } from './package-index.ts';
import { relationshipReader } from './relationships.ts';
import { resolve } from './resolve.ts';
import { explain, formatExplanation } from './why.ts';

const INDEX = tinyIndex(`
  ssh 1
  Depends: libssl (>= 3), lib

  kmod 2
  Pre-Depends: crypto-api

  lib 1
  Depends: libssl | other

  libssl 3.1
  Provides: crypto-api`);

function lockOf(wanted: readonly string[]): Lockfile {
  const resolution = resolve({
    wanted: wanted.map((name) => ({ name, from: 'images/base.yaml' })),
    omitted: [],
    index: indexPackages(INDEX),
    architecture: 'amd64',
  });
  if (resolution.kind === 'failed') throw new Error(resolution.diagnostics[0]?.message);
  return {
    version: 1,
    arch: 'x86_64',
    definition: { file: 'images/x86_64.yaml', sha256: sha256('definition') },
    epoch: 0,
    indexes: [],
    packages: resolution.packages.map(({ package: each, because }) => ({
      ...each,
      scripts: {},
      because,
    })),
  };
}

const RELATIONSHIPS = new Map(INDEX.map((each) => [each.name, relationshipReader('amd64')(each)]));

test('a package is explained by the chain from the wish and everything that needs it', (t) => {
  const lock = lockOf(['ssh', 'kmod']);
  t.snapshot(formatExplanation(explain(lock, 'libssl', RELATIONSHIPS)), 'needed by others');
  t.snapshot(formatExplanation(explain(lock, 'kmod', RELATIONSHIPS)), 'only wished for');
  t.deepEqual(explain(lock, 'lib', RELATIONSHIPS).chain, ['images/base.yaml', 'ssh', 'lib']);
});

test('a package that is not in is an error with what may be meant', (t) => {
  const error = t.throws(() => explain(lockOf(['ssh']), 'libsl', RELATIONSHIPS), { code: 'usage' });
  t.is(error?.message, 'libsl is not in images/x86_64.yaml; did you mean "libssl"?');
});

test('a circle of reasons in an edited lock ends', (t) => {
  const lock = lockOf(['ssh']);
  const packages = lock.packages.map((each) => ({
    ...each,
    because: [each.name === 'ssh' ? 'lib (Depends)' : 'ssh (Depends)'],
  }));
  t.deepEqual(explain({ ...lock, packages }, 'lib', RELATIONSHIPS).chain, ['ssh', 'lib']);
});
