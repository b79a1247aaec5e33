import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import { COFF, OPTIONAL, type PeSection, readPe, SECTION_FLAG, sectionHeader } from './pe.ts';
import { makeUki, type UkiParts } from './uki.ts';

const FILE_ALIGNMENT = 0x200;
const SECTION_ALIGNMENT = 0x1000;

interface PeShape {
  readonly headersSizeBytes?: number;
  readonly imageSizeBytes?: number;
  readonly signed?: boolean;
}

/** A PE32+ file with one section, `.text`, of five bytes. */
function tinyPe(shape: PeShape = {}): Buffer {
  const headersSizeBytes = shape.headersSizeBytes ?? 0x400;
  const bytes = Buffer.alloc(headersSizeBytes + FILE_ALIGNMENT);
  const coff = 0x44;
  const optional = coff + COFF.sizeBytes;
  bytes.write('MZ', 0);
  bytes.writeUInt32LE(0x40, 0x3c);
  bytes.write('PE\0\0', 0x40);
  bytes.writeUInt16LE(0x8664, coff + COFF.machine);
  bytes.writeUInt16LE(1, coff + COFF.sectionCount);
  bytes.writeUInt16LE(240, coff + COFF.optionalHeaderSize);
  bytes.writeUInt16LE(0x20b, optional + OPTIONAL.magic);
  bytes.writeUInt32LE(SECTION_ALIGNMENT, optional + OPTIONAL.sectionAlignment);
  bytes.writeUInt32LE(FILE_ALIGNMENT, optional + OPTIONAL.fileAlignment);
  bytes.writeUInt32LE(shape.imageSizeBytes ?? 0x2000, optional + OPTIONAL.imageSize);
  bytes.writeUInt32LE(headersSizeBytes, optional + OPTIONAL.headersSize);
  bytes.writeUInt32LE(16, optional + OPTIONAL.directoryCount);
  if (shape.signed) bytes.writeUInt32LE(0x5000, optional + OPTIONAL.directories + 4 * 8);
  sectionHeader({
    name: '.text',
    virtualAddress: 0x1000,
    virtualSizeBytes: 5,
    fileOffset: headersSizeBytes,
    fileSizeBytes: FILE_ALIGNMENT,
    flags: SECTION_FLAG.code | SECTION_FLAG.read,
  }).copy(bytes, optional + 240);
  return bytes;
}

const PARTS: UkiParts = {
  stub: tinyPe(),
  osRelease: 'ID=kiln\n',
  cmdline: 'root=/dev/mapper/root',
  kernelRelease: '6.12.1-amd64',
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
