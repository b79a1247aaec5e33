import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import type { Arch } from '../../builder/image/arch.ts';
import type { HostRoom } from './limits.ts';

const MIB = 1024 * 1024;

/** Looks at what this host has to give, within the limits that this process is under. */
export async function hostRoom(isEmulated: (arch: Arch) => boolean): Promise<HostRoom> {
  const diskPlace = tmpdir();
  const { bavail, bsize } = await statfs(diskPlace);
  return {
    cores: availableParallelism(),
    memoryMiB: Math.floor(Math.min(await availableMiB(), allowedMiB())),
    diskMiB: Math.floor((bavail * bsize) / MIB),
    diskPlace,
    isEmulated,
  };
}

async function availableMiB(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8');
  return Number(/^MemAvailable: +(\d+) kB$/m.exec(text)?.[1] ?? 0) / 1024;
}

/** What the control group allows; it tells a huge number where there is no limit. */
function allowedMiB(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? limit / MIB : Number.POSITIVE_INFINITY;
}
