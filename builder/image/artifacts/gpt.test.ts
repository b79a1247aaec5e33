import test from 'ava';
import { crc32 } from './crc32.ts';
import { makePartitionTable, type PartitionTable } from './gpt.ts';
import { derivedUuid, guidBytes, verityUuids } from './guid.ts';
import { diskPartitions } from './layout.ts';

const LAYOUT = {
  arch: 'x86_64',
  version: '1.2.0',
  rootHash: '00112233445566778899aabbccddeeff'.repeat(2),
  rootBytes: 60 * 1024 * 1024 + 4096,
  hashTreeBytes: 500_000,
  seed: 'kiln 1.2.0 x86_64',
} as const;

function tableOf(layout: Parameters<typeof diskPartitions>[0]): PartitionTable {
  return makePartitionTable(derivedUuid(layout.seed, 'disk'), diskPartitions(layout));
}

test('CRC-32 of the standard check text', (t) => {
  t.is(crc32(Buffer.from('123456789')), 0xcbf43926);
});

test('the table of a disk', (t) => {
  const { primary, backup, ...table } = tableOf(LAYOUT);
  t.snapshot(table);
  t.snapshot(dump(primary), 'protective MBR, primary header, entries');
  t.snapshot(dump(backup), 'entries, backup header');
});

test('a hybrid MBR has the FAT partition first, and leaves the GPT as it is', (t) => {
  const { primary, backup, partitions } = tableOf(LAYOUT);
  const uuid = derivedUuid(LAYOUT.seed, 'disk');
  const hybrid = makePartitionTable(uuid, diskPartitions(LAYOUT), 'hybrid');
  t.snapshot(dump(hybrid.primary.subarray(0, 512)));
  t.deepEqual(hybrid.primary.subarray(512), primary.subarray(512));
  t.deepEqual(hybrid.backup, backup);
  // Read back as an MBR: type, first sector, number of sectors (UEFI Specification, table 5.1).
  const entries = [446, 462, 478, 494].map((at) => [
    hybrid.primary.readUInt8(at + 4),
    hybrid.primary.readUInt32LE(at + 8),
    hybrid.primary.readUInt32LE(at + 12),
  ]);
  const esp = partitions[0]!;
  t.deepEqual(entries, [
    [0x0c, esp.offsetBytes / 512, esp.sizeBytes / 512],
    [0xee, 1, 2047],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  t.is(hybrid.primary.readUInt16LE(510), 0xaa55);
});

test('arm64 has its own partition types', (t) => {
  t.snapshot(
    diskPartitions({ ...LAYOUT, arch: 'arm64' }).map(({ label, type }) => ({ label, type })),
  );
});

test('root and hash tree are found by the halves of the root hash', (t) => {
  t.deepEqual(verityUuids(`00112233445566778899aabbccddeeff${'0123456789abcdef'.repeat(2)}`), {
    root: '00112233-4455-6677-8899-aabbccddeeff',
    verity: '01234567-89ab-cdef-0123-456789abcdef',
  });
});

test('the first fields of a GUID are little-endian', (t) => {
  t.is(
    guidBytes('00112233-4455-6677-8899-aabbccddeeff').toString('hex'),
    '33221100554477668899aabbccddeeff',
  );
});

test('a derived UUID depends on the seed and on the purpose, and on nothing else', (t) => {
  t.is(derivedUuid('a', 'esp'), derivedUuid('a', 'esp'));
  t.not(derivedUuid('a', 'esp'), derivedUuid('b', 'esp'));
  t.not(derivedUuid('a', 'esp'), derivedUuid('a', 'disk'));
  t.regex(derivedUuid('a', 'esp'), /^.{14}8.{4}[89ab]/);
});

test('both headers vouch for themselves, for each other and for the entries', (t) => {
  const { primary, backup, diskBytes } = tableOf(LAYOUT);
  const first = primary.subarray(512, 1024);
  const second = backup.subarray(-512);
  const lastSector = BigInt(diskBytes / 512 - 1);
  t.is(first.readBigUInt64LE(24), 1n);
  t.is(first.readBigUInt64LE(32), lastSector);
  t.is(second.readBigUInt64LE(24), lastSector);
  t.is(second.readBigUInt64LE(32), 1n);
  for (const header of [first, second]) {
    const unsigned = Buffer.from(header.subarray(0, 92));
    unsigned.writeUInt32LE(0, 16);
    t.is(header.readUInt32LE(16), crc32(unsigned));
    t.is(header.readUInt32LE(88), crc32(primary.subarray(1024)));
  }
  t.deepEqual(primary.subarray(1024), backup.subarray(0, -512));
});

test('partitions are aligned, in order, and leave room for the backup', (t) => {
  const { partitions, backup, diskBytes } = tableOf({ ...LAYOUT, rootBytes: 1024 * 1024 * 7 });
  let end = 0;
  for (const { offsetBytes, sizeBytes } of partitions) {
    t.is(offsetBytes % (1024 * 1024), 0);
    t.true(offsetBytes >= end);
    end = offsetBytes + sizeBytes;
  }
  t.true(end <= diskBytes - backup.length);
  t.is(diskBytes % (1024 * 1024), 0);
});

test('a label that does not fit is refused', (t) => {
  t.throws(() => tableOf({ ...LAYOUT, version: 'x'.repeat(40) }), {
    code: 'definition',
    message: /longer than 36/,
  });
});

/** Rows of sixteen bytes that are not all zero. */
function dump(bytes: Buffer): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    if (row.some((byte) => byte !== 0)) {
      rows.push(
        `${at.toString(16).padStart(5, '0')} ${row.toString('hex').replace(/..\B/g, '$& ')}`,
      );
    }
  }
  return rows.join('\n');
}
