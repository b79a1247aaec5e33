import { realpathSync, type Stats, statSync } from 'node:fs';
import { chmod, open, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SECTOR_BYTES } from '../image/artifacts/gpt.ts';
import { hasCode } from '../report/error-code.ts';
import { KilnError } from '../report/errors.ts';
import { quote } from '../tools/quote.ts';
import type { BlockDevice } from './devices/block-device.ts';
import { diskOfPartition, readDevice } from './devices/read-devices.ts';
import { type Refusal, refusalsOf, tooSmall, type Wanted } from './devices/refusals.ts';
import { sizeText } from './devices/size-text.ts';
import { type OpenDisk, openDisk } from './disk/open-disk.ts';

/** What an image is written to. */
export type Target =
  | { readonly kind: 'device'; readonly path: string; readonly device: BlockDevice }
  | FileTarget;

interface FileTarget {
  readonly kind: 'file';
  readonly path: string;
  readonly sizeBytes: number;
  readonly state: 'new' | 'empty' | 'has data';
}

const LIST = 'without a disk, `kiln flash RELEASE` lists those that are there';

/**
 * Finds what the user names; nothing is opened or changed.
 * @throws KilnError `usage` when it is nothing that an image can be written to, or should not be
 */
export async function findTarget(path: string, wanted: Wanted): Promise<Target> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return newFile(path, wanted);
  if (found.isBlockDevice()) return deviceTarget(path, found, wanted);
  if (found.isFile()) return fileTarget(path, found, wanted);
  throw new KilnError('usage', `${path} is no disk: it is neither a block device nor a file`, {
    hint: LIST,
  });
}

function newFile(path: string, { neededBytes }: Wanted): Target {
  // A file that somebody makes in there lies in memory, and its name is a disk's that is not there.
  const isBelowDev = resolve(path).startsWith('/dev/') && !resolve(path).startsWith('/dev/shm/');
  if (isBelowDev) throw new KilnError('usage', `there is no ${path}`, { hint: LIST });
  if (statSync(dirname(path), { throwIfNoEntry: false }) === undefined) {
    throw new KilnError('usage', `${path} cannot be made: its directory does not exist`, {
      hint: `mkdir -p ${quote(dirname(path))}`,
    });
  }
  return { kind: 'file', path, sizeBytes: neededBytes, state: 'new' };
}

function fileTarget(path: string, found: Stats, wanted: Wanted): Target {
  const { size, blocks } = found;
  if (size === 0) return { kind: 'file', path, sizeBytes: wanted.neededBytes, state: 'empty' };
  if (size < wanted.neededBytes) {
    const larger = `truncate --size=${wanted.neededBytes} ${quote(path)}`;
    const hint = `remove it: a new one gets the right size; or make it larger: ${larger}`;
    throw refused(path, [{ ...tooSmall(size, wanted.neededBytes), hint }]);
  }
  if (size % SECTOR_BYTES !== 0) {
    throw new KilnError('usage', `${path} is no disk: its ${size} bytes are no whole sectors`, {
      hint: `remove it, or give it another size: truncate --size=%${SECTOR_BYTES} ${quote(path)}`,
    });
  }
  return { kind: 'file', path, sizeBytes: size, state: blocks === 0 ? 'empty' : 'has data' };
}

/** @throws KilnError `usage` when writing the file would change what is written, or what somebody else looks at */
export function checkFile(target: Target, release: string, devices: readonly BlockDevice[]): void {
  if (target.kind !== 'file' || target.state === 'new') return;
  const path = realpathSync(target.path);
  if (path.startsWith(`${realpathSync(release)}/`)) {
    throw new KilnError('usage', `${target.path} is a part of the release itself`, {
      hint: 'name another file: a release stays as it was built',
    });
  }
  const loop = devices.find(({ bus, model }) => bus === 'loop' && model === path);
  if (loop === undefined) return;
  throw new KilnError('usage', `${target.path} is in use: ${loop.path} shows it as a disk`, {
    hint: `losetup --detach ${loop.path}, or name the device instead of the file`,
  });
}

function deviceTarget(path: string, found: Stats, wanted: Wanted): Target {
  const name = nameOfDevice(found.rdev) ?? basename(realpathSync(path));
  const disk = diskOfPartition('/', name);
  if (disk !== undefined) {
    throw new KilnError('usage', `${path} is a partition: an image needs a whole disk`, {
      hint: `if all on that disk may be lost, name /dev/${disk}`,
    });
  }
  const device = readDevice('/', name);
  if (device === undefined) {
    throw new KilnError('usage', `the kernel knows no disk ${path}`, { hint: LIST });
  }
  const refusals = refusalsOf(device, wanted);
  if (refusals.length > 0) throw refused(path, refusals);
  return { kind: 'device', path, device };
}

/** The number of a device as stat(2) has it: makedev(3). */
function nameOfDevice(number: number): string | undefined {
  const major = (number >>> 8) & 0xfff;
  const minor = (number & 0xff) | ((number >>> 12) & 0xfff00);
  try {
    return basename(realpathSync(join('/sys/dev/block', `${major}:${minor}`)));
  } catch {
    return undefined;
  }
}

/** One error with all that speaks against it, and every way out. */
export function refused(path: string, refusals: readonly Refusal[]): KilnError {
  const [only, ...more] = refusals;
  const what =
    more.length === 0
      ? ` it ${only?.what}`
      : refusals.map((refusal) => `\n  it ${refusal.what}`).join('');
  const hint = [...new Set(refusals.map((refusal) => refusal.hint))].join('\n      ');
  return new KilnError('usage', `${path} is not written:${what}`, { hint });
}

/** The words by which a user knows it: model and size, and where it is. */
export function nameTarget(target: Target): string {
  if (target.kind === 'file') return `the file ${target.path}, ${sizeText(target.sizeBytes)}`;
  const { model, sizeBytes } = target.device;
  return [model, sizeText(sizeBytes), target.path].filter((word) => word !== undefined).join(', ');
}

/** Whether something is lost when it is written. */
export function hasData(target: Target): boolean {
  return target.kind === 'device' || target.state === 'has data';
}

/** Opens it, so that nobody else can use it meanwhile; a file gets its size. A file with a seed is for its owner alone. */
export async function openTarget(target: Target, isSecret: boolean): Promise<OpenDisk> {
  const { path, kind } = target;
  if (kind === 'device') return openDisk({ path, kind, sizeBytes: target.device.sizeBytes });
  if (target.state !== 'has data') await giveSize(target);
  if (isSecret) await chmod(path, 0o600);
  return openDisk({ path, kind, sizeBytes: target.sizeBytes });
}

async function giveSize({ path, state, sizeBytes }: FileTarget): Promise<void> {
  await using file = await open(path, state === 'new' ? 'wx' : 'r+').catch((cause: unknown) => {
    if (!hasCode(cause, 'EACCES')) throw cause;
    throw new KilnError('host', `${path} may not be written by this user`, {
      hint: 'check owner and mode of it and of its directory, or name another file',
      cause,
    });
  });
  await file.truncate(sizeBytes);
}

/** After a failure: a file that was made for the image goes again. */
export async function removeIfNew(target: Target): Promise<boolean> {
  if (target.kind !== 'file' || target.state !== 'new') return false;
  await rm(target.path, { force: true });
  return true;
}
