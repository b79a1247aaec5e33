import type { Arch } from '../../builder/image/arch.ts';
import { KilnError } from '../../builder/report/errors.ts';
import type { Plan } from './plan.ts';

/** What the host has to give. */
export interface HostRoom {
  readonly cores: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  /** Where disks are put. */
  readonly diskPlace: string;
  readonly isEmulated: (arch: Arch) => boolean;
}

/** What QEMU takes besides the guest's memory: more for translated code. */
const OVERHEAD_MIB = { emulated: 256, native: 96 };
/** What a node writes until its cluster has formed; container images of a real k0s are most of it. */
const DISK_MIB = 1024;

/**
 * Compares what the nodes need with what the host has. Pure.
 * @returns warnings
 * @throws KilnError `host` when it cannot go well
 */
export function checkRoom({ nodes }: Plan, host: HostRoom): readonly string[] {
  const started = nodes.filter(({ staysOff }) => !staysOff);
  const memory = sum(
    started.map(({ arch, memoryMiB }) => {
      return memoryMiB + (host.isEmulated(arch) ? OVERHEAD_MIB.emulated : OVERHEAD_MIB.native);
    }),
  );
  if (memory > host.memoryMiB) {
    throw new KilnError(
      'host',
      `${count(started.length)} need ${memory} MiB of memory, and this host has ${host.memoryMiB} MiB to give`,
      {
        hint: 'give each less (--memory 1024), rehearse fewer at a time (--only a,b), or free some',
      },
    );
  }
  const disk = started.length * DISK_MIB;
  if (disk > host.diskMiB) {
    throw new KilnError(
      'host',
      `${count(started.length)} may write ${disk} MiB, and ${host.diskPlace} has ${host.diskMiB} MiB left`,
      { hint: 'make room there, or put temporary files elsewhere: TMPDIR=/var/tmp' },
    );
  }
  return cpuWarnings(sum(started.map(({ cpus }) => cpus)), started, host);
}

function cpuWarnings(
  cpus: number,
  started: readonly Plan['nodes'][number][],
  { cores, isEmulated }: HostRoom,
): readonly string[] {
  if (cpus <= cores) return [];
  const how = started.some(({ arch }) => isEmulated(arch)) ? ', some of them emulated,' : '';
  return [
    `${cpus} virtual processors${how} share ${count(cores, 'core')}: expect it to take about ${(cpus / cores).toFixed(1)} times as long as on a host with enough`,
  ];
}

function count(number: number, what = 'node'): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
