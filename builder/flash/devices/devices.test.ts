import test, { type ExecutionContext } from 'ava';
import { describeError } from '../../report/errors.ts';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import { type FakeDisk, writeSysfs } from '../../testing/sysfs-fixture.ts';
import { findCandidates } from '../candidates.ts';
import { refused } from '../target.ts';
import { candidateTable } from './candidate-table.ts';
import { diskOfPartition, readDevice, readDevices } from './read-devices.ts';
import { refusalsOf, type Wanted } from './refusals.ts';
import { parseMounts, parseSwaps } from './uses.ts';

const GB = 1_000_000_000;
const WANTED: Wanted = { neededBytes: 5_438_963_712, allowInternal: false };

const SATA = 'pci0000:00/0000:00:17.0/ata3/host2/target2:0:0/2:0:0:0/block/sda';
const USB = 'pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sdb';

/** A machine with its system on LVM, and a stick. */
const SYSTEM: FakeDisk = {
  at: SATA,
  number: '8:0',
  sizeBytes: 512 * GB,
  attributes: {
    'device/vendor': 'ATA     \n',
    'device/model': 'Samsung SSD 870 \n',
    removable: '0\n',
  },
  udev: { ID_SERIAL_SHORT: 'S62ANJ0R' },
  partitions: {
    sda1: {
      number: '8:1',
      sizeBytes: 512 * 1024 * 1024,
      udev: { ID_FS_TYPE: 'vfat', ID_PART_ENTRY_NAME: 'EFI\\x20System' },
    },
    sda2: {
      number: '8:2',
      sizeBytes: 500 * GB - 512,
      udev: { ID_FS_TYPE: 'LVM2_member' },
      holders: ['dm-0', 'dm-1'],
    },
  },
};
const ROOT: FakeDisk = {
  at: 'virtual/block/dm-0',
  number: '253:0',
  sizeBytes: 400 * GB,
  attributes: { 'dm/name': 'vg-root' },
};
const SWAP: FakeDisk = {
  at: 'virtual/block/dm-1',
  number: '253:1',
  sizeBytes: 8 * GB,
  attributes: { 'dm/name': 'vg-swap' },
};
const STICK: FakeDisk = {
  at: USB,
  number: '8:16',
  sizeBytes: 31_914_983_424,
  attributes: {
    'device/vendor': 'SanDisk \n',
    'device/model': 'Ultra\u001b[31m           \n',
    removable: '1\n',
    // SCSI, page 0x80: four bytes, then the serial number.
    'device/vpd_pg80': '\u0000\u0080\u0000\u00084C530001',
  },
  partitions: {
    sdb1: {
      number: '8:17',
      sizeBytes: 256 * 1024 * 1024,
      udev: { ID_FS_TYPE: 'vfat', ID_FS_LABEL: 'bootfs', ID_FS_LABEL_ENC: 'boot\\x20fs' },
    },
    sdb2: {
      number: '8:18',
      sizeBytes: 30 * GB,
      attributes: { uevent: 'DEVTYPE=partition\nPARTNAME=data\n' },
    },
  },
};
const MOUNTS = `22 27 0:21 / /proc rw - proc proc rw
27 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw
30 27 8:1 / /boot/efi rw,relatime - vfat /dev/sda1 rw
`;

async function machine(
  t: ExecutionContext,
  disks: readonly FakeDisk[],
  proc: Parameters<typeof writeSysfs>[2] = {},
): Promise<string> {
  const root = await emptyDirectory(t);
  await writeSysfs(root, disks, proc);
  return root;
}

/** What is said to somebody who wants to write to a disk. */
async function refusal(
  t: ExecutionContext,
  disk: FakeDisk,
  {
    proc = {},
    wanted = WANTED,
    others = [],
  }: {
    readonly proc?: Parameters<typeof writeSysfs>[2];
    readonly wanted?: Wanted;
    readonly others?: readonly FakeDisk[];
  } = {},
): Promise<string> {
  const device = readDevice(await machine(t, [disk, ...others], proc), disk.at.split('/').at(-1)!);
  const refusals = refusalsOf(device!, wanted);
  return refusals.length === 0 ? '' : describeError(refused(device!.path, refusals));
}

test('disks are listed with model, serial number, size, bus, and what is on them', async (t) => {
  const others: readonly FakeDisk[] = [
    {
      at: 'virtual/block/loop0',
      number: '7:0',
      sizeBytes: 8 * GB,
      attributes: { 'loop/backing_file': '/srv/disk.img\n' },
    },
    { at: 'virtual/block/loop1', number: '7:1', sizeBytes: 0 },
    { at: 'virtual/block/loop2', number: '7:2', sizeBytes: GB, attributes: { ro: '1\n' } },
    {
      at: 'platform/mmc_host/mmc1/mmc1:0001/block/mmcblk1boot0',
      number: '179:16',
      sizeBytes: 4_194_304,
    },
    { at: 'virtual/block/zram0', number: '254:0', sizeBytes: 4 * GB },
    {
      at: 'virtual/nvme-subsystem/nvme-subsys0/nvme0n1',
      number: '259:0',
      sizeBytes: 1000 * GB,
      attributes: { 'device/model': 'WD_BLACK SN850X\n', 'device/serial': '2231AA\n' },
    },
    {
      at: 'platform/soc/fe340000.mmc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0',
      number: '179:0',
      sizeBytes: 15.9 * GB - 256,
      attributes: {
        'device/type': 'SD\n',
        'device/name': 'SL16G\n',
        'device/serial': '0x3f\n',
        removable: '0\n',
      },
    },
    {
      at: 'platform/soc/fe330000.mmc/mmc_host/mmc1/mmc1:0001/block/mmcblk1',
      number: '179:8',
      sizeBytes: 4 * GB,
      attributes: { 'device/type': 'MMC\n', 'device/name': 'DF4032\n', ro: '1\n' },
    },
  ];
  const root = await machine(t, [SYSTEM, ROOT, SWAP, STICK, ...others], {
    mountinfo: MOUNTS,
    swaps: '/dev/dm-1\tpartition\t8388604\t0\t-2\n',
  });
  const candidates = await findCandidates(root, WANTED);
  t.snapshot(candidateTable(candidates));
  const interrupted = { ...candidates.at(-1)!, interrupted: 'kiln 0.1.0 x86_64' };
  t.regex(
    candidateTable([interrupted]),
    /\n {4}nothing whole: flashing of kiln 0\.1\.0 x86_64 was/,
  );
});

test('a machine without disks has an empty list', async (t) => {
  t.deepEqual(readDevices(await machine(t, [])), []);
});

test('a stick that nobody uses may be written', async (t) => {
  t.is(await refusal(t, STICK), '');
});

test("the system's disk is refused, also through LVM, and no option helps", async (t) => {
  const proc = { mountinfo: MOUNTS, swaps: '/dev/dm-1\tpartition\t8388604\t0\t-2\n' };
  const others = [ROOT, SWAP];
  t.snapshot(await refusal(t, SYSTEM, { proc, others }));
  t.not(await refusal(t, SYSTEM, { proc, others, wanted: { ...WANTED, allowInternal: true } }), '');
});

test('a disk with nothing but swap, or a btrfs root, is the system’s', async (t) => {
  const proc = { swaps: '/dev/sdb2\tpartition\t8388604\t0\t-2\n' };
  t.snapshot(await refusal(t, STICK, { proc }));
  const btrfs = { mountinfo: '27 1 0:30 /@ / rw shared:1 - btrfs /dev/sdb2 rw,subvol=/@\n' };
  t.snapshot(await refusal(t, STICK, { proc: btrfs }));
});

test('a mounted disk is refused with the command that unmounts it', async (t) => {
  const mountinfo = `40 27 8:17 / /media/ada/boot\\040fs rw - vfat /dev/sdb1 rw
41 27 8:18 / /media/data rw - ext4 /dev/sdb2 rw
`;
  t.snapshot(await refusal(t, STICK, { proc: { mountinfo } }));
});

test('a disk that RAID or LVM has taken is refused', async (t) => {
  const sdb1 = { ...STICK.partitions!.sdb1!, holders: ['dm-0'] };
  const disk = { ...STICK, holders: ['md127'], partitions: { ...STICK.partitions, sdb1 } };
  const array = { at: 'virtual/block/md127', number: '9:127', sizeBytes: GB };
  t.snapshot(await refusal(t, disk, { others: [ROOT, array] }));
});

test('a disk that is built in, read-only, too small, with other sectors: all of it is said at once', async (t) => {
  const disk: FakeDisk = {
    at: SATA,
    number: '8:0',
    sizeBytes: 4 * GB,
    attributes: { ro: '1\n', removable: '0\n', 'queue/logical_block_size': '4096\n' },
  };
  t.snapshot(await refusal(t, disk));
});

test('sizes that read the same are told in bytes', async (t) => {
  t.regex(
    await refusal(t, { ...STICK, sizeBytes: WANTED.neededBytes - 512 }),
    /it has 5438963200 bytes, and 5438963712 are needed/,
  );
});

test('a disk that is built in may be written with --internal', async (t) => {
  const disk = { at: SATA, number: '8:0', sizeBytes: 400 * GB };
  t.snapshot(await refusal(t, disk));
  t.is(await refusal(t, disk, { wanted: { ...WANTED, allowInternal: true } }), '');
});

test('a partition tells the disk that it is on', async (t) => {
  const root = await machine(t, [STICK]);
  t.is(diskOfPartition(root, 'sdb2'), 'sdb');
  t.is(diskOfPartition(root, 'sdb'), undefined);
  t.is(diskOfPartition(root, 'sdc'), undefined);
  t.is(readDevice(root, 'sdc'), undefined);
});

test('mounts and swap areas are read as the kernel writes them', (t) => {
  t.deepEqual(
    parseMounts('36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 - ext3 /dev/root rw\n'),
    [{ number: '98:0', at: '/mnt 2', filesystem: 'ext3', source: '/dev/root' }],
  );
  t.deepEqual(parseMounts('rubbish\n\n'), []);
  const swaps =
    'Filename Type Size Used Priority\n/swapfile file 1 0 -2\n/dev/sda3 partition 1 0 -3\n';
  t.deepEqual(parseSwaps(swaps), ['/dev/sda3']);
});
