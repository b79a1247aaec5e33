import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** Where the kernel and udev describe devices: the machine's `/`, or a test's directory. */
export type SystemRoot = string;

/** A file of sysfs without the blanks around; undefined when it is not there, or empty. */
export function readAttribute(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Text that a device says of itself: it could be made to disturb a terminal. */
export function readText(path: string): string | undefined {
  return (
    readAttribute(path)
      ?.replaceAll(/[^\x20-\x7e\u00a0-\uffff]/g, '')
      .trim() || undefined
  );
}

/** The names in a directory, sorted; none when it is not there. */
export function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}

/** The directory of a block device, partitions too, below /sys/devices; undefined when there is no such device. */
export function directoryOf(root: SystemRoot, name: string): string | undefined {
  try {
    return realpathSync(join(root, 'sys/class/block', name));
  } catch {
    return undefined;
  }
}

/** Variables that udev keeps of a device (udev(7)), by its number as "8:1". */
export function udevProperties(root: SystemRoot, number: string): ReadonlyMap<string, string> {
  const text = readAttribute(join(root, 'run/udev/data', `b${number}`)) ?? '';
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, name, value] = /^E:([^=]+)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, unescaped(value)] as const];
    }),
  );
}

/** Names that end in _ENC have unusual characters as \x20, byte by byte. */
function unescaped(value: string): string {
  const bytes = value.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const text = bytes === value ? value : Buffer.from(bytes, 'latin1').toString();
  return text.replaceAll(/[^\x20-\x7e\u00a0-\uffff]/g, '').trim();
}
