import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BlockDevice, Bus, Volume } from './block-device.ts';
import {
  directoryOf,
  namesIn,
  readAttribute,
  readText,
  type SystemRoot,
  udevProperties,
} from './sysfs.ts';
import { readUses, type Uses } from './uses.ts';

/** The kernel counts in these, whatever a disk's own sectors are. */
const UNIT_BYTES = 512;
/** In memory only, optical, floppies, what was made of other devices, and what an eMMC keeps beside its disk. */
const NO_DISKS = /^((ram|zram|sr|fd|dm-|md|nbd|mtdblock)\d|mmcblk\d+(boot|rpmb|gp))/;

/** The disks of this machine that could be written, and those that had better not be; sorted by name. */
export function readDevices(root: SystemRoot): readonly BlockDevice[] {
  const uses = readUses(root);
  return (
    namesIn(join(root, 'sys/block'))
      .filter((name) => !NO_DISKS.test(name))
      .map((name) => describe(root, name, uses))
      .filter((device) => device !== undefined)
      .filter(({ sizeBytes }) => sizeBytes > 0)
      // Files that are looked into, as every snap is: nobody wants to read of them.
      .filter(({ bus, isReadOnly }) => bus !== 'loop' || !isReadOnly)
  );
}

/** One disk, of any kind; undefined when the kernel knows none with that name. */
export function readDevice(root: SystemRoot, name: string): BlockDevice | undefined {
  return describe(root, name, readUses(root));
}

/** The disk that a partition is on; undefined when it is no partition. */
export function diskOfPartition(root: SystemRoot, name: string): string | undefined {
  const directory = directoryOf(root, name);
  if (directory === undefined) return undefined;
  if (readAttribute(join(directory, 'partition')) === undefined) return undefined;
  return dirname(directory).split('/').at(-1);
}

function describe(root: SystemRoot, name: string, uses: Uses): BlockDevice | undefined {
  const directory = directoryOf(root, name);
  if (directory === undefined) return undefined;
  const at = (path: string): string => join(directory, path);
  const udev = udevProperties(root, readAttribute(at('dev')) ?? '');
  const bus = busOf(directory);
  return {
    name,
    path: `/dev/${name.replaceAll('!', '/')}`,
    sizeBytes: Number(readAttribute(at('size')) ?? 0) * UNIT_BYTES,
    sectorBytes: Number(readAttribute(at('queue/logical_block_size')) ?? UNIT_BYTES),
    model: modelOf(directory, bus),
    serial: udev.get('ID_SERIAL_SHORT') ?? serialOf(directory),
    sequence: readAttribute(at('diskseq')),
    bus,
    isRemovable: readAttribute(at('removable')) === '1' || bus === 'usb' || bus === 'sd',
    isReadOnly: readAttribute(at('ro')) === '1',
    volumes: volumesOf(root, name, directory, uses),
  };
}

function volumesOf(
  root: SystemRoot,
  name: string,
  directory: string,
  uses: Uses,
): readonly Volume[] {
  const partitions = namesIn(directory)
    .filter((each) => readAttribute(join(directory, each, 'partition')) !== undefined)
    .sort((a, b) => numberOf(directory, a) - numberOf(directory, b))
    .map((each) => volumeOf(root, each, join(directory, each), uses));
  const whole = volumeOf(root, name, directory, uses);
  const hasContent = whole.filesystem !== undefined && partitions.length === 0;
  return whole.uses.length > 0 || hasContent ? [whole, ...partitions] : partitions;
}

function volumeOf(root: SystemRoot, name: string, directory: string, uses: Uses): Volume {
  const udev = udevProperties(root, readAttribute(join(directory, 'dev')) ?? '');
  const [, partitionName] =
    /^PARTNAME=(.*)$/m.exec(readAttribute(join(directory, 'uevent')) ?? '') ?? [];
  return {
    name,
    sizeBytes: Number(readAttribute(join(directory, 'size')) ?? 0) * UNIT_BYTES,
    partitionLabel: udev.get('ID_PART_ENTRY_NAME') ?? partitionName,
    filesystem: udev.get('ID_FS_TYPE') ?? uses.filesystemOf(name),
    label: udev.get('ID_FS_LABEL_ENC') ?? udev.get('ID_FS_LABEL'),
    uses: uses.of(name),
  };
}

function numberOf(directory: string, partition: string): number {
  return Number(readAttribute(join(directory, partition, 'partition')));
}

/** From the way to it through the machine. */
function busOf(directory: string): Bus {
  if (directory.includes('/virtual/block/loop')) return 'loop';
  if (directory.includes('/virtual/block/')) return 'virtual';
  if (directory.includes('/mmc_host/')) {
    return readAttribute(join(directory, 'device/type')) === 'SD' ? 'sd' : 'emmc';
  }
  const marks: readonly (readonly [RegExp, Bus])[] = [
    [/\/usb\d+\//, 'usb'],
    [/\/nvme(-subsystem)?\//, 'nvme'],
    [/\/ata\d+\//, 'sata'],
    [/\/end_device-/, 'sas'],
    [/\/virtio\d+\//, 'virtio'],
    [/\/host\d+\//, 'scsi'],
  ];
  return marks.find(([mark]) => mark.test(directory))?.[1] ?? 'other';
}

function modelOf(directory: string, bus: Bus): string | undefined {
  if (bus === 'loop') return readText(join(directory, 'loop/backing_file'));
  const model =
    readText(join(directory, 'device/model')) ?? readText(join(directory, 'device/name'));
  const vendor = readText(join(directory, 'device/vendor'));
  // SATA disks have the name of their bus there; PCI devices a number.
  const isMaker = vendor !== undefined && vendor !== 'ATA' && !vendor.startsWith('0x');
  return isMaker && model !== undefined ? `${vendor} ${model}` : model;
}

/** Where udev does not run: of NVMe and MMC, of virtio, and of SCSI from its page 0x80 of vital product data. */
function serialOf(directory: string): string | undefined {
  return (
    readText(join(directory, 'device/serial')) ??
    readText(join(directory, 'serial')) ??
    serialInPage(join(directory, 'device/vpd_pg80'))
  );
}

function serialInPage(path: string): string | undefined {
  try {
    const text = readFileSync(path).subarray(4).toString('latin1');
    return text.replaceAll(/[^\x20-\x7e]/g, '').trim() || undefined;
  } catch {
    return undefined;
  }
}
