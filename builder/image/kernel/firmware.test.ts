import test, { type ExecutionContext } from 'ava';
import { type Member, packageOf, temporary } from '../../testing/kernel-fixture.ts';
import type { SelectedModule } from './closure.ts';
import { isFirmwarePackage, selectFirmware } from './firmware.ts';

const F = 'usr/lib/firmware';

function module(name: string, ...firmware: readonly string[]): SelectedModule {
  const reason = { kind: 'wanted', by: 'set s' } as const;
  return { name, path: `${name}.ko.xz`, sizeBytes: 1, depends: [], soft: [], firmware, reason };
}

function select(
  t: ExecutionContext,
  modules: readonly SelectedModule[],
  ...packages: readonly Readonly<Record<string, Member>>[]
) {
  const directory = temporary(t);
  const sources = packages.map((members, index) =>
    packageOf(directory, `firmware-${index}`, members),
  );
  const { files, missing, entries } = selectFirmware(modules, sources);
  return {
    files,
    missing,
    entries: entries.map((entry) =>
      entry.kind === 'symlink' ? `${entry.path} -> ${entry.target}` : entry.path,
    ),
  };
}

test('only the files that modules name are taken', (t) => {
  const { entries, files } = select(t, [module('a', 'v/a.bin')], {
    [`${F}/v/a.bin`]: 'abc',
    [`${F}/v/b.bin`]: 'b',
    'usr/share/doc/firmware-0/copyright': 'c',
  });
  t.deepEqual(entries, [`${F}/v/a.bin`]);
  t.deepEqual(files, [
    { name: 'v/a.bin', modules: ['a'], package: 'firmware-0', path: `${F}/v/a.bin`, sizeBytes: 3 },
  ]);
});

test('a file below /lib lands below /usr/lib', (t) => {
  const { entries } = select(t, [module('a', 'a.bin')], { 'lib/firmware/a.bin': 'a' });
  t.deepEqual(entries, [`${F}/a.bin`]);
});

test('links to a file are kept, and the file with them', (t) => {
  const { entries, files } = select(t, [module('ice', 'ddp/ice.pkg')], {
    [`${F}/ddp/ice.pkg`]: { symlink: 'ice-1.3.pkg' },
    [`${F}/ddp/ice-1.3.pkg`]: 'ice',
  });
  t.deepEqual(entries, [`${F}/ddp/ice.pkg -> ice-1.3.pkg`, `${F}/ddp/ice-1.3.pkg`]);
  t.is(files[0]?.path, `${F}/ddp/ice-1.3.pkg`);
});

test('links of directories, absolute links and links into another package are followed', (t) => {
  const { entries, missing } = select(
    t,
    [module('a', 'old/a.bin', 'abs.bin')],
    {
      [`${F}/old`]: { symlink: '../firmware/new' },
      [`${F}/abs.bin`]: { symlink: `/lib/firmware/new/a.bin` },
    },
    { [`${F}/new/a.bin`]: 'a' },
  );
  t.deepEqual(missing, []);
  t.deepEqual(entries.toSorted(), [
    `${F}/abs.bin -> /lib/firmware/new/a.bin`,
    `${F}/new/a.bin`,
    `${F}/old -> ../firmware/new`,
  ]);
});

test('a link that leads nowhere, in a circle or out of the firmware has no file', (t) => {
  const { missing, entries } = select(
    t,
    [module('a', 'gone', 'loop', 'out', '../../../etc/passwd')],
    {
      [`${F}/gone`]: { symlink: 'nowhere' },
      [`${F}/loop`]: { symlink: 'loop' },
      [`${F}/out`]: { symlink: '../../../../../etc/passwd' },
    },
  );
  t.is(missing.length, 4);
  t.deepEqual(entries, []);
});

test('a hard link brings the bytes of its target', (t) => {
  const { files } = select(t, [module('a', 'b.bin')], {
    [`${F}/a.bin`]: 'abcd',
    [`${F}/b.bin`]: { hardlink: `${F}/a.bin` },
  });
  t.is(files[0]?.sizeBytes, 4);
});

test('a compressed file is found by the plain name', (t) => {
  const { entries } = select(t, [module('a', 'a.bin', 'b.bin')], {
    [`${F}/a.bin.zst`]: 'a',
    [`${F}/b.bin.xz`]: 'b',
    [`${F}/b.bin`]: 'b',
  });
  t.deepEqual(entries, [`${F}/a.bin.zst`, `${F}/b.bin`]);
});

test('a glob takes every file it matches in its directory', (t) => {
  const { entries, missing } = select(t, [module('brcmfmac', 'b/fmac*-sdio.*.txt', 'x/*')], {
    [`${F}/b/fmac43-sdio.raspberrypi,4.txt`]: 'a',
    [`${F}/b/fmac45-sdio.x.txt`]: { symlink: 'fmac43-sdio.raspberrypi,4.txt' },
    [`${F}/b/fmac45-sdio.bin`]: 'b',
    [`${F}/b/fmac/n-sdio.x.txt`]: 'c',
  });
  t.deepEqual(entries.toSorted(), [
    `${F}/b/fmac43-sdio.raspberrypi,4.txt`,
    `${F}/b/fmac45-sdio.x.txt -> fmac43-sdio.raspberrypi,4.txt`,
  ]);
  t.deepEqual(missing, [{ name: 'x/*', modules: ['brcmfmac'] }]);
});

test('firmware that no package has is missing, with all who ask for it', (t) => {
  const { missing } = select(t, [module('a', 'x.bin'), module('b', 'x.bin')]);
  t.deepEqual(missing, [{ name: 'x.bin', modules: ['a', 'b'] }]);
});

test('a package of firmware and documents is a firmware package, one with more is not', (t) => {
  const directory = temporary(t);
  const isFirmware = (members: Readonly<Record<string, Member>>) =>
    isFirmwarePackage(packageOf(directory, 'p', members).unpacked);
  t.true(
    isFirmware({
      usr: 'directory',
      [`${F}/a`]: 'a',
      [`${F}/b`]: { symlink: 'a' },
      'usr/share/doc/p/copyright': 'c',
      'usr/share/metainfo/p.xml': 'x',
    }),
  );
  t.false(isFirmware({ [`${F}/a`]: 'a', 'usr/bin/tool': 't' }));
  t.false(isFirmware({ 'usr/share/doc/p/copyright': 'c' }));
  t.false(isFirmware({}));
});
