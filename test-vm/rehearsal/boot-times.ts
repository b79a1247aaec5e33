import type { BootTimes } from './node-state.ts';

/** Reads `systemctl show` of the manager's own times, in microseconds since the kernel's start. Pure. */
export function parseBootTimes(text: string): BootTimes | undefined {
  const seconds = (name: string): number | undefined => {
    const found = new RegExp(`^${name}TimestampMonotonic=(\\d+)$`, 'm').exec(text)?.[1];
    return found === undefined || found === '0' ? undefined : Number(found) / 1e6;
  };
  const userspace = seconds('Userspace');
  return userspace === undefined ? undefined : { initrd: seconds('InitRD'), userspace };
}
