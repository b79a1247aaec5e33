import { mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../report/error-code.ts';
import { writingTo } from '../../report/host-fault.ts';
import type { Arch } from '../arch.ts';
import { MANIFEST, type Manifest, manifestText } from './manifest.ts';

/** Which release; its directory is named after it. */
export interface ReleaseName {
  readonly name: string;
  readonly version: string;
  readonly arch: Arch;
}

/** A release on disk. */
export interface Release {
  readonly directory: string;
  readonly manifest: Manifest;
}

/** Where a release is below the directory of releases. */
export function releaseDirectory(out: string, release: ReleaseName): string {
  return join(out, baseName(release));
}

/**
 * Makes a release: `write` fills an empty directory beside its later place and tells its manifest; only then
 * does it get its name, in the place of an older one. Whatever goes wrong, `out` has the old release or the
 * new one, whole.
 */
export async function sealRelease(
  out: string,
  release: ReleaseName,
  write: (directory: string) => Promise<Manifest>,
): Promise<Release> {
  return await writingTo(out, () => seal(out, release, write));
}

async function seal(
  out: string,
  release: ReleaseName,
  write: (directory: string) => Promise<Manifest>,
): Promise<Release> {
  await mkdir(out, { recursive: true });
  await recover(out, release);
  const partial = join(out, `.${baseName(release)}.partial-${process.pid}`);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial);
  try {
    const manifest = await write(partial);
    await writeFile(join(partial, MANIFEST), manifestText(manifest), { flag: 'wx' });
    await setTimes(partial, manifest);
    await replace(out, release, partial);
    return { directory: releaseDirectory(out, release), manifest };
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** One time for every file: the release is the same bytes and metadata wherever it is built. */
async function setTimes(directory: string, { epoch }: Manifest): Promise<void> {
  for (const name of await readdir(directory)) await utimes(join(directory, name), epoch, epoch);
}

async function replace(out: string, release: ReleaseName, partial: string): Promise<void> {
  const place = releaseDirectory(out, release);
  const old = join(out, `.${baseName(release)}.old-${process.pid}`);
  await rm(old, { recursive: true, force: true });
  await renameIfThere(place, old);
  try {
    await rename(partial, place);
  } catch (error) {
    await renameIfThere(old, place);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

/** Removes what builds left that did not end in order; puts an older release back that one had moved away. */
async function recover(out: string, release: ReleaseName): Promise<void> {
  const prefix = `.${baseName(release)}.`;
  const leftovers = (await readdir(out)).filter((name) => name.startsWith(prefix)).sort();
  for (const name of leftovers) {
    const [, kind, pid] = /\.(partial|old)-(\d+)$/.exec(name) ?? [];
    if (kind === undefined || isRunning(Number(pid))) continue;
    if (kind === 'old' && !(await isThere(out, release))) {
      await rename(join(out, name), releaseDirectory(out, release));
    }
    await rm(join(out, name), { recursive: true, force: true });
  }
}

async function isThere(out: string, release: ReleaseName): Promise<boolean> {
  return (await readdir(out)).includes(baseName(release));
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
  });
}

/** Another user's process cannot be signalled, but it runs. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function baseName({ name, version, arch }: ReleaseName): string {
  return `${name}-${version}-${arch}`;
}
