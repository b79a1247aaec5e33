import test from 'ava';
import { formatDiagnostics } from '../../report/format.ts';
import { tinyIndex } from '../../testing/tiny-index.ts';
import { type AvailablePackage, indexPackages } from './package-index.ts';
import { type Resolution, resolve, type Wish } from './resolve.ts';

interface Case {
  readonly wanted: readonly string[];
  readonly omitted?: readonly string[];
  readonly architecture?: string;
}

/** The definition that the wishes stand in, one a line, so that errors have a place. */
function wishes(names: readonly string[], file: string): readonly Wish[] {
  const text = names.map((name) => `- ${name}\n`).join('');
  return names.map((name) => {
    const start = text.indexOf(`- ${name}\n`) + 2;
    return {
      name,
      from: file,
      at: { file: { name: file, text }, start, end: start + name.length },
    };
  });
}

function resolveFrom(packages: readonly AvailablePackage[], given: Case): Resolution {
  return resolve({
    wanted: wishes(given.wanted, 'images/base.yaml'),
    omitted: wishes(given.omitted ?? [], 'images/omit.yaml'),
    index: indexPackages(packages),
    architecture: given.architecture ?? 'amd64',
  });
}

function resolved(index: string | readonly AvailablePackage[], given: Case): readonly string[] {
  const packages = typeof index === 'string' ? tinyIndex(index) : index;
  const resolution = resolveFrom(packages, given);
  return resolution.kind === 'resolved'
    ? resolution.packages.map((each) => `${each.package.name} ${each.package.version}`)
    : [formatDiagnostics(resolution.diagnostics)];
}

function reasons(index: string, given: Case): Readonly<Record<string, readonly string[]>> {
  const resolution = resolveFrom(tinyIndex(index), given);
  if (resolution.kind === 'failed') throw new Error(formatDiagnostics(resolution.diagnostics));
  return Object.fromEntries(resolution.packages.map((each) => [each.package.name, each.because]));
}

function errors(index: string | readonly AvailablePackage[], given: Case): string {
  const packages = typeof index === 'string' ? tinyIndex(index) : index;
  const resolution = resolveFrom(packages, given);
  return resolution.kind === 'failed' ? formatDiagnostics(resolution.diagnostics) : 'resolved';
}

test('wishes bring what they pre-depend and depend on, sorted by name, nothing else', (t) => {
  const index = `
    z 1
    Pre-Depends: m
    Depends: b (>= 1), a
    Recommends: r

    a 1

    b 2
    Depends: c

    c 1

    m 1

    r 1

    essential 1
    Essential: yes
    Priority: required`;
  t.deepEqual(resolved(index, { wanted: ['z'] }), ['a 1', 'b 2', 'c 1', 'm 1', 'z 1']);
});

test('packages that depend on each other are both in', (t) => {
  const index = 'a 1\nDepends: b\n\nb 1\nDepends: a, b\n';
  t.deepEqual(resolved(index, { wanted: ['a'] }), ['a 1', 'b 1']);
});

test('the newest version of all suites is taken', (t) => {
  const packages = [
    ...tinyIndex('a 1-1\n\nb 2-1', 'trixie'),
    ...tinyIndex('a 1-1+deb13u1\n\nb 1-9', 'trixie-security'),
  ];
  t.deepEqual(resolved(packages, { wanted: ['a', 'b'] }), ['a 1-1+deb13u1', 'b 2-1']);
});

test('of equal versions the one of the first suite is taken', (t) => {
  const packages = [...tinyIndex('a 1', 'trixie'), ...tinyIndex('a 1', 'trixie-updates')];
  const resolution = resolveFrom(packages, { wanted: ['a'] });
  t.is(resolution.kind === 'resolved' && resolution.packages[0]?.package.suite, 'trixie');
});

test('the first alternative is taken when none is in', (t) => {
  t.deepEqual(resolved('a 1\nDepends: x | y\n\nx 1\n\ny 1', { wanted: ['a'] }), ['a 1', 'x 1']);
});

test('an alternative that is wished for is preferred, wherever its wish stands', (t) => {
  const index = 'a 1\nDepends: x | y\n\nx 1\n\ny 1';
  t.deepEqual(resolved(index, { wanted: ['a', 'y'] }), ['a 1', 'y 1']);
  t.deepEqual(resolved(index, { wanted: ['y', 'a'] }), ['a 1', 'y 1']);
});

test('an alternative that another package needs anyway is preferred', (t) => {
  const index = `
    a 1
    Depends: x | y, b

    b 1
    Depends: c

    c 1
    Depends: y

    x 1

    y 1`;
  t.deepEqual(resolved(index, { wanted: ['a'] }), ['a 1', 'b 1', 'c 1', 'y 1']);
});

test('an alternative that is too old, missing, or itself not installable is passed over', (t) => {
  const index = `
    a 1
    Depends: none | old (>= 2) | broken | deep | good

    old 1

    broken 1
    Depends: missing

    deep 1
    Depends: broken

    good 1`;
  t.deepEqual(resolved(index, { wanted: ['a'] }), ['a 1', 'good 1']);
});

test('an alternative that clashes with what is in is passed over', (t) => {
  const index = 'a 1\nDepends: x | y\n\nw 1\nConflicts: x\n\nx 1\n\ny 1';
  t.deepEqual(resolved(index, { wanted: ['a', 'w'] }), ['a 1', 'w 1', 'y 1']);
});

test('a virtual package is met by its provider', (t) => {
  const index = 'a 1\nDepends: mta\n\np 1\nProvides: mta';
  t.deepEqual(resolved(index, { wanted: ['a'] }), ['a 1', 'p 1']);
});

test('of several providers the important one is taken, then the first by name', (t) => {
  const index = `
    a 1
    Depends: awk, mta

    gawk 1
    Priority: optional
    Provides: awk

    mawk 1
    Priority: required
    Provides: awk

    z-mta 1
    Provides: mta

    b-mta 1
    Provides: mta`;
  t.deepEqual(resolved(index, { wanted: ['a'] }), ['a 1', 'b-mta 1', 'mawk 1']);
});

test('a provider that is in is preferred to the package of that name', (t) => {
  const index = 'a 1\nDepends: x\n\nx 1\n\np 1\nProvides: x';
  t.deepEqual(resolved(index, { wanted: ['a', 'p'] }), ['a 1', 'p 1']);
});

test('a bound on a virtual package needs a versioned Provides', (t) => {
  const provides = (text: string) => `a 1\nDepends: api (>= 2)\n\np 9\nProvides: ${text}`;
  t.deepEqual(resolved(provides('api (= 2)'), { wanted: ['a'] }), ['a 1', 'p 9']);
  t.snapshot(errors(provides('api'), { wanted: ['a'] }), 'without a version');
  t.snapshot(errors(provides('api (= 1)'), { wanted: ['a'] }), 'too old');
});

test(':any is met by a package that allows it only', (t) => {
  const index = (multiArch: string) =>
    `a 1\nDepends: python3:any\n\npython3 3\nMulti-Arch: ${multiArch}`;
  t.deepEqual(resolved(index('allowed'), { wanted: ['a'] }), ['a 1', 'python3 3']);
  t.snapshot(errors(index('no'), { wanted: ['a'] }));
});

test('a dependency on another architecture cannot be met, one on the own can', (t) => {
  const index = 'a 1\nDepends: b:amd64, c:native\n\nb 1\n\nc 1';
  t.deepEqual(resolved(index, { wanted: ['a'] }), ['a 1', 'b 1', 'c 1']);
  t.snapshot(errors(index, { wanted: ['a'], architecture: 'arm64' }));
});

test('restrictions to architectures are obeyed', (t) => {
  const index = 'a 1\nDepends: b [arm64], c [!arm64] | d\n\nb 1\n\nc 1\n\nd 1';
  t.deepEqual(resolved(index, { wanted: ['a'] }), ['a 1', 'c 1']);
  t.deepEqual(resolved(index, { wanted: ['a'], architecture: 'arm64' }), ['a 1', 'b 1', 'd 1']);
});

test('an omitted package counts as installed, with what it provides, and brings nothing', (t) => {
  const index = `
    kernel 1
    Depends: initramfs-tools (>= 99) | linux-initramfs-tool, hook

    initramfs-tools 1
    Depends: busybox
    Provides: hook
    Conflicts: kernel

    busybox 1

    other 1
    Provides: linux-initramfs-tool`;
  t.deepEqual(resolved(index, { wanted: ['kernel'], omitted: ['initramfs-tools'] }), ['kernel 1']);
});

test('each package has its shortest reason, of equal ones the first by name', (t) => {
  const index = `
    w 1
    Depends: m

    m 1
    Depends: lib

    a 1
    Pre-Depends: lib
    Depends: lib

    b 1
    Depends: lib

    lib 1
    Depends: deep

    deep 1`;
  t.deepEqual(reasons(index, { wanted: ['w', 'b', 'a'] }), {
    a: ['images/base.yaml'],
    b: ['images/base.yaml'],
    deep: ['lib (Depends)'],
    lib: ['a (Pre-Depends)'],
    m: ['w (Depends)'],
    w: ['images/base.yaml'],
  });
});

test('the order of wishes and of the index does not matter', (t) => {
  const index = tinyIndex(
    'a 1\nDepends: v | x\n\nb 1\nDepends: y | x\n\nx 1\nProvides: v\n\ny 1\n\nz 1\nProvides: v',
  );
  const forward = resolved(index, { wanted: ['a', 'b'] });
  t.deepEqual(resolved([...index].reverse(), { wanted: ['b', 'a'] }), forward);
});

test('Conflicts and Breaks name both packages and why each is in', (t) => {
  const index = `
    a 1
    Depends: b

    b 1
    Breaks: c (<< 2)

    c 1.5

    d 1
    Depends: e

    e 1
    Conflicts: virtual

    f 1
    Provides: virtual`;
  t.snapshot(errors(index, { wanted: ['a', 'c', 'd', 'f'] }));
});

test('two packages that exclude each other are one error', (t) => {
  const index = 'a 1\nConflicts: mta\nProvides: mta\n\nb 1\nConflicts: mta\nProvides: mta';
  t.snapshot(errors(index, { wanted: ['a', 'b'] }));
});

test('a package may conflict with what it provides itself, and with what is too old to count', (t) => {
  const index = 'a 1\nProvides: v\nConflicts: v, a (<< 1)\nBreaks: b (<< 2)\n\nb 2';
  t.deepEqual(resolved(index, { wanted: ['a', 'b'] }), ['a 1', 'b 2']);
});

test('a bounded conflict does not touch an unversioned Provides', (t) => {
  const index = 'a 1\nBreaks: v (<< 2)\n\nb 1\nProvides: v';
  t.deepEqual(resolved(index, { wanted: ['a', 'b'] }), ['a 1', 'b 1']);
});

test('everything that is wrong is said at once, each at the line of its wish', (t) => {
  const index = `
    systemd 257-1
    Depends: libfoo (>= 2), gone | away (>= 3)

    libfoo 1.0

    away 2

    openssh-server 1

    postfix 1
    Provides: mail-transport-agent

    exim4 1
    Provides: mail-transport-agent

    dpkg 1`;
  const wanted = ['sytemd', 'systemd', 'mail-transport-agent', 'openssh-sever', 'zzz', 'dpkg'];
  t.snapshot(errors(index, { wanted, omitted: ['dpkg', 'ucff'] }));
});

test('an unmet dependency deep down says through whom it came and points at the wish', (t) => {
  const index = 'a 1\nDepends: b\n\nb 1\nDepends: c\n\nc 1\nPre-Depends: d (= 5)\n\nd 4';
  t.snapshot(errors(index, { wanted: ['a'] }));
});
