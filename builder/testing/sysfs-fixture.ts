import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** A partition, or what lies on a disk without any, as a test writes it down. */
export interface FakeVolume {
  readonly number: string;
  readonly sizeBytes: number;
  /** udev's variables. */
  readonly udev?: Readonly<Record<string, string>>;
  /** Files of its directory. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Devices that were made of it. */
  readonly holders?: readonly string[];
}

export interface FakeDisk extends FakeVolume {
  /** Where it is below sys/devices; the last part is its name. */
  readonly at: string;
  readonly partitions?: Readonly<Record<string, FakeVolume>>;
}

/** What the kernel and udev would say on a machine with these disks: a directory to read it from. */
export async function writeSysfs(
  root: string,
  disks: readonly FakeDisk[],
  proc: { readonly mountinfo?: string; readonly swaps?: string } = {},
): Promise<void> {
  await writeFiles(root, {
    'proc/self/mountinfo': proc.mountinfo ?? '',
    'proc/swaps': `Filename\tType\tSize\tUsed\tPriority\n${proc.swaps ?? ''}`,
    'sys/block/.keep': '',
  });
  for (const disk of disks) {
    const directory = join('sys/devices', disk.at);
    const name = disk.at.split('/').at(-1) ?? '';
    await writeVolume(root, directory, disk);
    await link(root, join('sys/block', name), directory);
    for (const [i, [partition, volume]] of Object.entries(disk.partitions ?? {}).entries()) {
      const attributes = { partition: `${i + 1}`, ...volume.attributes };
      await writeVolume(root, join(directory, partition), { ...volume, attributes });
    }
  }
}

async function writeVolume(root: string, directory: string, volume: FakeVolume): Promise<void> {
  const { number, sizeBytes, udev = {}, attributes = {}, holders = [] } = volume;
  const variables = Object.entries(udev).map(([name, value]) => `E:${name}=${value}\n`);
  await writeFiles(join(root, directory), {
    dev: `${number}\n`,
    size: `${sizeBytes / 512}\n`,
    ...attributes,
    ...Object.fromEntries(holders.map((holder) => [`holders/${holder}`, ''])),
  });
  await writeFiles(root, { [`run/udev/data/b${number}`]: `I:1\n${variables.join('')}` });
  const name = directory.split('/').at(-1) ?? '';
  await link(root, join('sys/class/block', name), directory);
  await link(root, join('sys/dev/block', number), directory);
}

async function link(root: string, from: string, to: string): Promise<void> {
  await mkdir(join(root, dirname(from)), { recursive: true });
  await symlink(relative(dirname(from), to), join(root, from));
}

async function writeFiles(
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}
