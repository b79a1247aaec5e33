import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import { FILE_ALIGNMENT, SECTION_ALIGNMENT, tinyPe } from '../../testing/tiny-pe.ts';
import { type PeSection, readPe } from './pe.ts';
import { makeUki, type UkiParts } from './uki.ts';

const PARTS: UkiParts = {
  stub: tinyPe(),
  osRelease: 'ID=kiln\n',
  cmdline: 'root=/dev/mapper/root',
  kernelRelease: '6.12.1-amd64',
  deviceTrees: [],
  linux: tinyPe({ imageSizeBytes: 0x9000 }),
  initrd: Buffer.alloc(5000, 7),
};

const contentOf = (file: Buffer, section: PeSection): Buffer =>
  file.subarray(section.fileOffset, section.fileOffset + section.virtualSizeBytes);

test('the sections follow the stub in the order that systemd expects, with their bytes', (t) => {
  const file = Buffer.concat(makeUki(PARTS));
  const { sections } = readPe(file, 'the UKI');
  t.deepEqual(
    sections.map(({ name }) => name),
    ['.text', '.osrel', '.cmdline', '.uname', '.initrd', '.linux'],
  );
  t.is(contentOf(file, sections[1]!).toString(), PARTS.osRelease);
  t.is(contentOf(file, sections[2]!).toString(), PARTS.cmdline);
  t.is(contentOf(file, sections[3]!).toString(), PARTS.kernelRelease);
  t.deepEqual(contentOf(file, sections[4]!), PARTS.initrd);
  const linux = sections[5]!;
  t.deepEqual(file.subarray(linux.fileOffset, linux.fileOffset + PARTS.linux.length), PARTS.linux);
});

test('device trees are sections of one name, in their order, before what is large', (t) => {
  const trees = ['first', 'second', 'third'].map((text) => Buffer.from(text));
  const stub = tinyPe({ headersSizeBytes: 0x600 });
  const file = Buffer.concat(makeUki({ ...PARTS, stub, deviceTrees: trees }));
  const { sections } = readPe(file, 'the UKI');
  t.deepEqual(
    sections.map(({ name }) => name),
    [
      '.text',
      '.osrel',
      '.cmdline',
      '.uname',
      '.dtbauto',
      '.dtbauto',
      '.dtbauto',
      '.initrd',
      '.linux',
    ],
  );
  const found = sections.filter(({ name }) => name === '.dtbauto');
  t.deepEqual(
    found.map((section) => contentOf(file, section)),
    trees,
  );
});

test('profiles come after what all of them have, each with what it has of its own', (t) => {
  const profiles = [
    { id: 'diskless', title: 'Kiln 1' },
    { id: 'install', title: 'Install Kiln 1', cmdline: 'kiln.install' },
  ];
  const stub = tinyPe({ headersSizeBytes: 0x600 });
  const file = Buffer.concat(makeUki({ ...PARTS, stub, profiles }));
  const { sections } = readPe(file, 'the UKI');
  const from = sections.findIndex(({ name }) => name === '.profile');
  t.deepEqual(
    sections.slice(from - 1).map(({ name }) => name),
    ['.linux', '.profile', '.profile', '.cmdline'],
  );
  t.deepEqual(
    sections.slice(from).map((section) => contentOf(file, section).toString()),
    ['ID=diskless\nTITLE="Kiln 1"\n', 'ID=install\nTITLE="Install Kiln 1"\n', 'kiln.install'],
  );
  // The kernel has the memory that it asks for before what follows it.
  t.true(
    (sections[from]?.virtualAddress ?? 0) >= (sections[from - 1]?.virtualAddress ?? 0) + 0x9000,
  );
});

test('sections are aligned, do not overlap, and end where the image says', (t) => {
  const headers = readPe(Buffer.concat(makeUki(PARTS)), 'the UKI');
  t.snapshot(headers);
  for (const [index, section] of headers.sections.entries()) {
    t.is(section.virtualAddress % SECTION_ALIGNMENT, 0);
    t.is(section.fileOffset % FILE_ALIGNMENT, 0);
    t.is(section.fileSizeBytes % FILE_ALIGNMENT, 0);
    const next = headers.sections[index + 1];
    if (next === undefined) continue;
    t.true(section.virtualAddress + section.virtualSizeBytes <= next.virtualAddress);
    t.true(section.fileOffset + section.fileSizeBytes <= next.fileOffset);
  }
});

test('the kernel gets the memory that its own header asks for', (t) => {
  const { sections, imageSizeBytes } = readPe(Buffer.concat(makeUki(PARTS)), 'the UKI');
  const linux = sections.at(-1)!;
  t.is(linux.virtualSizeBytes, 0x9000);
  t.is(imageSizeBytes, linux.virtualAddress + 0x9000);
});

function refusal(t: import('ava').ExecutionContext, parts: Partial<UkiParts>): void {
  const error = t.throws(() => makeUki({ ...PARTS, ...parts }), { instanceOf: KilnError });
  t.snapshot(`${error!.message}\n${error!.hint}`);
}

test('a stub without room for section headers is refused', (t) => {
  refusal(t, { stub: tinyPe({ headersSizeBytes: 0x200 }) });
});

test('a signed stub is refused', (t) => {
  refusal(t, { stub: tinyPe({ signed: true }) });
});

test('a kernel that is no EFI program is refused', (t) => {
  refusal(t, { linux: Buffer.from('\x1f\x8b not a PE file'.padEnd(200)) });
});

test('a truncated stub is refused', (t) => {
  refusal(t, { stub: tinyPe().subarray(0, 0x150) });
});
