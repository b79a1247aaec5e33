import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/**
 * `alive` and `dead` are certain. `foreign` is a process that cannot be seen from here: another
 * container or another machine with the same cache, or this machine before its last boot.
 */
export type OwnerState = 'alive' | 'dead' | 'foreign';

/** This process, as a word for file names: process id, start time, and where both are valid. */
export const SELF = `${process.pid}.${startTimeOf(process.pid) ?? '0'}.${realm()}`;

const OWNER = /^(\d+)\.(\d+)\.([0-9a-f]{8})/;

/** Whether the process that wrote the given owner word (or a file name that starts with one) still runs. */
export function stateOf(owner: string): OwnerState {
  const [, pid, start, where] = OWNER.exec(owner) ?? [];
  if (pid === undefined || where !== realm()) return 'foreign';
  const current = startTimeOf(Number(pid));
  if (current !== undefined) return current === start ? 'alive' : 'dead';
  return isHidden(Number(pid)) ? 'alive' : 'dead';
}

/** Process ids mean something only within one boot and one PID namespace. */
function realm(): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const namespace = readlinkSync('/proc/self/ns/pid');
  return createHash('sha256').update(`${boot} ${namespace}`).digest('hex').slice(0, 8);
}

/**
 * Start time in clock ticks after boot: tells a process from a later one with the same id.
 * proc_pid_stat(5): field 22, counted after the last `)` because a program's name may contain spaces.
 */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : fields[18];
  } catch {
    return undefined;
  }
}

/** With /proc mounted `hidepid`, another user's process shows only by the kernel's refusal. */
function isHidden(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
