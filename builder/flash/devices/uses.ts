import { readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Use } from './block-device.ts';
import { directoryOf, namesIn, readAttribute, type SystemRoot } from './sysfs.ts';

/** What is in use on this machine, by the kernel's name of the device that is used directly. */
export interface Uses {
  /** What uses a disk or partition, by itself or through devices that were made of it. */
  of(name: string): readonly Use[];
  /** The file system that a device is mounted as. */
  filesystemOf(name: string): string | undefined;
}

interface Mount {
  readonly name: string;
  readonly at: string;
  readonly filesystem: string;
}

/** Reads mounts, swap areas and which devices were made of which. */
export function readUses(root: SystemRoot): Uses {
  const mounts = parseMounts(textOf(root, 'proc/self/mountinfo')).flatMap((mount): Mount[] => {
    const name = nameOfNumber(root, mount.number) ?? nameOfPath(root, mount.source);
    return name === undefined ? [] : [{ name, at: mount.at, filesystem: mount.filesystem }];
  });
  const swaps = parseSwaps(textOf(root, 'proc/swaps')).map((path) => nameOfPath(root, path));

  const direct = (name: string): readonly Use[] => [
    ...mounts
      .filter((mount) => mount.name === name)
      .map(({ at }) => ({ kind: 'mount' as const, at })),
    ...(swaps.includes(name) ? [{ kind: 'swap' as const }] : []),
  ];
  const of = (name: string): readonly Use[] => {
    const directory = directoryOf(root, name) ?? '';
    const holders = namesIn(join(directory, 'holders')).flatMap((holder): readonly Use[] => {
      const uses = of(holder);
      const dmName = readAttribute(join(directoryOf(root, holder) ?? '', 'dm/name'));
      return uses.length > 0 ? uses : [{ kind: 'holder', name: dmName ?? holder }];
    });
    return [...direct(name), ...holders];
  };
  return { of, filesystemOf: (name) => mounts.find((mount) => mount.name === name)?.filesystem };
}

interface MountLine {
  readonly number: string;
  readonly at: string;
  readonly filesystem: string;
  readonly source: string;
}

/** The lines of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export function parseMounts(text: string): readonly MountLine[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , number, , at] = before.split(' ');
    const [filesystem, source] = after.split(' ');
    if (number === undefined || at === undefined) return [];
    return [{ number, at: plain(at), filesystem: filesystem ?? '', source: plain(source ?? '') }];
  });
}

/** The paths in /proc/swaps (proc_swaps(5)); swap in files is where the file system is mounted. */
export function parseSwaps(text: string): readonly string[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [path, type] = line.split(/\s+/);
      return path !== undefined && type === 'partition' ? [plain(path)] : [];
    });
}

/** Blanks and their like are written as octal numbers. */
function plain(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

function nameOfNumber(root: SystemRoot, number: string): string | undefined {
  try {
    return basename(realpathSync(join(root, 'sys/dev/block', number)));
  } catch {
    return undefined;
  }
}

/** For what has no device number of its own, as btrfs. */
function nameOfPath(root: SystemRoot, path: string): string | undefined {
  if (!path.startsWith('/dev/')) return undefined;
  try {
    return basename(realpathSync(join(root, path)));
  } catch {
    return basename(path);
  }
}

function textOf(root: SystemRoot, path: string): string {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return '';
  }
}
