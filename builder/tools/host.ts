import { access, constants, readFile, realpath, statfs } from 'node:fs/promises';
import { availableParallelism, freemem, release, totalmem, userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { KilnError } from '../report/errors.ts';

/** Something of the machine that matters to Kiln. */
export interface Finding {
  readonly subject: string;
  /** `missing` stops builds; `note` costs something. */
  readonly state: 'ok' | 'note' | 'missing';
  readonly value: string;
  /** What to do about it. */
  readonly advice?: string;
}

export interface HostInput {
  readonly storeRoot: string;
  readonly out: string;
  /** Says which mirrors there are; throws when there is none. */
  readonly describeMirrors: () => Promise<string>;
  /** Whether a guest really ran under KVM, where that was tried. */
  readonly kvmWorks?: boolean;
}

/** What builds need beside what images have, in GB: tools, packages and what is kept of them. */
const STORE_GB = 3;
const OUT_GB = 2;
const BUILD_MB = 600;

/** Looks at this machine; changes nothing and downloads nothing. */
export async function examineHost(input: HostInput): Promise<readonly Finding[]> {
  return [
    systemFinding(process.platform, process.arch),
    { subject: 'node', state: 'ok', value: process.version },
    await shellFinding(),
    userFinding(currentUser()),
    { subject: 'cores', state: 'ok', value: `${availableParallelism()}` },
    memoryFinding(await availableMemory()),
    await directoryFinding('store', input.storeRoot, STORE_GB),
    await directoryFinding('releases', input.out, OUT_GB),
    await kvmFinding(input.kvmWorks),
    await mirrorFinding(input.describeMirrors),
  ];
}

export function systemFinding(platform: string, arch: string): Finding {
  const subject = 'system';
  const value = `${platform} ${release()}, ${arch}`;
  if (platform === 'linux' && (arch === 'x64' || arch === 'arm64'))
    return { subject, state: 'ok', value };
  return { subject, state: 'missing', value, advice: 'use Linux on an x86_64 or arm64 machine' };
}

async function shellFinding(): Promise<Finding> {
  const found = await canAccess('/bin/sh', constants.X_OK);
  if (found) return { subject: 'shell', state: 'ok', value: '/bin/sh' };
  return {
    subject: 'shell',
    state: 'missing',
    value: 'none',
    advice: 'install a POSIX shell as /bin/sh',
  };
}

export function userFinding({
  username,
  uid,
}: {
  readonly username: string;
  readonly uid: number;
}): Finding {
  const finding = { subject: 'user', value: `${username} (${uid})` };
  if (uid !== 0) return { ...finding, state: 'ok' };
  return {
    ...finding,
    state: 'note',
    advice: 'nothing that Kiln does needs root: an ordinary user is enough',
  };
}

export function memoryFinding({
  available,
  total,
}: {
  readonly available: number;
  readonly total: number;
}): Finding {
  const value = `${megabytes(available)} MB free of ${megabytes(total)} MB`;
  if (megabytes(available) >= BUILD_MB) return { subject: 'memory', state: 'ok', value };
  return {
    subject: 'memory',
    state: 'note',
    value,
    advice: `a build takes up to ${BUILD_MB} MB, a virtual machine 2 GB more`,
  };
}

/** Looks at the nearest directory above that is there. */
export async function directoryFinding(
  subject: string,
  path: string,
  neededGb: number,
): Promise<Finding> {
  const directory = await realpath(await nearestDirectory(resolve(path)));
  const { bavail, bsize } = await statfs(directory);
  const free = (bavail * bsize) / 1e9;
  const finding = { subject, value: `${path}, ${free.toFixed(1)} GB free` };
  const variable =
    subject === 'store' ? 'KILN_STORE names another place' : '--out names another place';
  if (!(await canAccess(directory, constants.W_OK))) {
    return { ...finding, state: 'missing', advice: `${directory} cannot be written; ${variable}` };
  }
  if (subject === 'store' && isNoexec(directory, await readFile('/proc/self/mounts', 'utf8'))) {
    return {
      ...finding,
      state: 'missing',
      advice: `programs cannot be run from there (noexec); ${variable}`,
    };
  }
  if (free >= neededGb) return { ...finding, state: 'ok' };
  return { ...finding, state: 'note', advice: `builds may need ${neededGb} GB; ${variable}` };
}

/** Whether the file system that a path is on refuses to run programs; `mounts` as in proc(5). */
export function isNoexec(path: string, mounts: string): boolean {
  let nearest = { point: '', options: '' };
  for (const line of mounts.split('\n')) {
    const [, point = '', , options = ''] = line.split(' ');
    const contains = path === point || path.startsWith(point === '/' ? '/' : `${point}/`);
    if (contains && point.length >= nearest.point.length) nearest = { point, options };
  }
  return nearest.options.split(',').includes('noexec');
}

async function kvmFinding(works: boolean | undefined): Promise<Finding> {
  const subject = 'kvm';
  if (!(await canAccess('/dev/kvm', constants.F_OK))) {
    return {
      subject,
      state: 'note',
      value: 'not there',
      advice: 'virtual machines run under emulation, several times slower',
    };
  }
  if (!(await canAccess('/dev/kvm', constants.R_OK | constants.W_OK))) {
    return {
      subject,
      state: 'note',
      value: 'may not be opened',
      advice: 'add yourself to the group of /dev/kvm, or wait longer for virtual machines',
    };
  }
  if (works === false) {
    return {
      subject,
      state: 'note',
      value: 'opens, but its guests do not run',
      advice: 'virtual machines run under emulation, several times slower',
    };
  }
  return {
    subject,
    state: 'ok',
    value: works === true ? 'works' : 'can be opened; tried when a virtual machine starts',
  };
}

async function mirrorFinding(describe: () => Promise<string>): Promise<Finding> {
  try {
    return { subject: 'mirror', state: 'ok', value: await describe() };
  } catch (error) {
    // No reason to stop: with a warm store nothing is fetched.
    if (!(error instanceof KilnError)) throw error;
    const advice = error.hint === undefined ? {} : { advice: error.hint };
    return { subject: 'mirror', state: 'note', value: error.message, ...advice };
  }
}

/** In many containers the machine does not know its user's name. */
function currentUser(): { readonly username: string; readonly uid: number } {
  try {
    return userInfo();
  } catch {
    return { username: 'nameless', uid: process.getuid?.() ?? -1 };
  }
}

/** What the kernel thinks can be had without swapping; free memory alone leaves out caches. */
async function availableMemory(): Promise<{ readonly available: number; readonly total: number }> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return {
    available: kilobytes === undefined ? freemem() : Number(kilobytes) * 1024,
    total: totalmem(),
  };
}

async function nearestDirectory(path: string): Promise<string> {
  if (path === '/' || (await canAccess(path, constants.F_OK))) return path;
  return nearestDirectory(dirname(path));
}

async function canAccess(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1e6);
}
