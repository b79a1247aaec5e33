import { KilnError } from '../../report/errors.ts';
import {
  COFF,
  OPTIONAL,
  type PeHeaders,
  type PeSection,
  readPe,
  SECTION_FLAG,
  SECTION_HEADER_BYTES,
  sectionHeader,
} from './pe.ts';

/** One way to start a unified kernel image: `@` and its number, as the first word of the load options, choose it. */
export interface UkiProfile {
  /** `ID=` and `TITLE=`: what boot menus sort and show. */
  readonly id: string;
  readonly title: string;
  /** In the place of the image's own; undefined is that one. */
  readonly cmdline?: string;
}

/** What a unified kernel image is made of (UAPI Group, "Unified Kernel Image"). */
export interface UkiParts {
  /** systemd's EFI stub. */
  readonly stub: Buffer;
  /** Text of os-release: the boot menu shows its name and version. */
  readonly osRelease: string;
  readonly cmdline: string;
  /** Kernel release, as `uname -r` says it. */
  readonly kernelRelease: string;
  /** Flattened device trees; the stub takes the first one that is of the board it runs on. */
  readonly deviceTrees: readonly Buffer[];
  readonly linux: Buffer;
  readonly initrd: Buffer;
  /** Number 0 first, which is what starts when nobody chooses; none at all is one way to start. */
  readonly profiles?: readonly UkiProfile[];
}

interface NewSection {
  readonly name: string;
  readonly data: Buffer;
  readonly flags: number;
  readonly virtualSizeBytes: number;
}

const SECURITY_DIRECTORY = 4;

/**
 * A unified kernel image, as the pieces that make up the file in order: the stub with its headers extended,
 * then one section after the other. Throws when the stub has no room for more section headers.
 */
export function makeUki(parts: UkiParts): Buffer[] {
  const stub = readPe(parts.stub, 'the EFI stub');
  refuseUnsuitable(parts.stub, stub);

  const placed: PeSection[] = [];
  const pieces: Buffer[] = [];
  let fileEnd = parts.stub.length;
  for (const { name, data, flags, virtualSizeBytes } of sectionsOf(parts)) {
    const previous = placed.at(-1) ?? lastInMemory(stub);
    const fileOffset = roundUp(fileEnd, stub.fileAlignment);
    const fileSizeBytes = roundUp(data.length, stub.fileAlignment);
    const virtualAddress = roundUp(
      previous.virtualAddress + previous.virtualSizeBytes,
      stub.sectionAlignment,
    );
    placed.push({ name, virtualAddress, virtualSizeBytes, fileOffset, fileSizeBytes, flags });
    pieces.push(Buffer.alloc(fileOffset - fileEnd), data);
    pieces.push(Buffer.alloc(fileSizeBytes - data.length));
    fileEnd = fileOffset + fileSizeBytes;
  }
  return [withSections(parts.stub, stub, placed), ...pieces];
}

/**
 * The sections in the order in which they are placed. The kernel is last of what is large: it unpacks itself in place
 * and may need more memory after its end than its bytes in the file, which `SizeOfImage` of its own header says. What
 * stands before the first `.profile` holds for all profiles, what follows one holds for that profile.
 */
function sectionsOf(parts: UkiParts): NewSection[] {
  const linux = readPe(parts.linux, 'the kernel');
  const data = (name: string, bytes: Buffer): NewSection => ({
    name,
    data: bytes,
    flags: SECTION_FLAG.initializedData | SECTION_FLAG.read,
    virtualSizeBytes: bytes.length,
  });
  return [
    data('.osrel', Buffer.from(parts.osRelease)),
    data('.cmdline', Buffer.from(parts.cmdline)),
    data('.uname', Buffer.from(parts.kernelRelease)),
    ...parts.deviceTrees.map((tree) => data('.dtbauto', tree)),
    data('.initrd', parts.initrd),
    {
      name: '.linux',
      data: parts.linux,
      flags: SECTION_FLAG.code | SECTION_FLAG.read,
      virtualSizeBytes: Math.max(parts.linux.length, linux.imageSizeBytes),
    },
    ...(parts.profiles ?? []).flatMap(({ id, title, cmdline }) => [
      data('.profile', Buffer.from(`ID=${id}\nTITLE="${title}"\n`)),
      ...(cmdline === undefined ? [] : [data('.cmdline', Buffer.from(cmdline))]),
    ]),
  ];
}

/** The stub's bytes with the new section headers, and the sums of its headers brought up to date. */
function withSections(stub: Buffer, headers: PeHeaders, added: readonly PeSection[]): Buffer {
  const tableEnd = headers.sectionTableOffset + headers.sections.length * SECTION_HEADER_BYTES;
  const room = Math.floor((headers.headersSizeBytes - tableEnd) / SECTION_HEADER_BYTES);
  if (room < added.length) {
    throw new KilnError(
      'verification',
      `the EFI stub has room for ${room} more sections, but ${added.length} are needed`,
      { hint: 'use the stub of systemd 254 or newer: it leaves room for them' },
    );
  }
  const bytes = Buffer.from(stub);
  for (const [index, section] of added.entries()) {
    sectionHeader(section).copy(bytes, tableEnd + index * SECTION_HEADER_BYTES);
  }
  const { coffOffset, optionalOffset } = headers;
  bytes.writeUInt16LE(headers.sections.length + added.length, coffOffset + COFF.sectionCount);
  grow(bytes, optionalOffset + OPTIONAL.codeSize, added, SECTION_FLAG.code);
  grow(bytes, optionalOffset + OPTIONAL.initializedDataSize, added, SECTION_FLAG.initializedData);
  const last = added.at(-1) ?? lastInMemory(headers);
  bytes.writeUInt32LE(
    roundUp(last.virtualAddress + last.virtualSizeBytes, headers.sectionAlignment),
    optionalOffset + OPTIONAL.imageSize,
  );
  // Firmware does not look at the checksum (UEFI loads by the signature, if any); 0 means "none".
  bytes.writeUInt32LE(0, optionalOffset + OPTIONAL.checksum);
  return bytes;
}

function grow(bytes: Buffer, offset: number, added: readonly PeSection[], flag: number): void {
  const more = added.filter(({ flags }) => (flags & flag) !== 0);
  const sum = more.reduce((total, section) => total + section.fileSizeBytes, 0);
  bytes.writeUInt32LE(bytes.readUInt32LE(offset) + sum, offset);
}

function refuseUnsuitable(bytes: Buffer, stub: PeHeaders): void {
  const directory = stub.optionalOffset + OPTIONAL.directories + SECURITY_DIRECTORY * 8;
  const directoryCount = bytes.readUInt32LE(stub.optionalOffset + OPTIONAL.directoryCount);
  if (directoryCount > SECURITY_DIRECTORY && bytes.readUInt32LE(directory) !== 0) {
    throw new KilnError(
      'verification',
      'the EFI stub is signed, but adding to it would break that',
      {
        hint: 'use the unsigned stub of the package systemd-boot-efi and sign the result',
      },
    );
  }
}

function lastInMemory(stub: PeHeaders): PeSection {
  const sorted = stub.sections.toSorted((a, b) => a.virtualAddress - b.virtualAddress);
  const last = sorted.at(-1);
  if (last === undefined) throw new KilnError('verification', 'the EFI stub has no sections');
  return last;
}

function roundUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
