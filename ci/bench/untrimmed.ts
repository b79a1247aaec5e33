import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arch } from '../../builder/image/arch.ts';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { findKernel } from '../../builder/image/kernel/kernel-files.ts';
import { moduleName } from '../../builder/image/kernel/metadata.ts';
import { contentOfFile, type PackageFile } from '../../builder/image/kernel/package-file.ts';
import { writeLockfile } from '../../builder/image/lock/write-lockfile.ts';
import { openLocked } from '../../builder/image/stages.ts';
import type { OpenPackage } from '../../builder/image/store/open-packages.ts';
import { readContent } from '../../builder/image/tree/content.ts';
import { nameOf } from '../../builder/image/tree/tree-path.ts';
import { imageFileOf } from './bench.ts';
import { genericInitrd } from './generic-initrd.ts';
import { openBenchImage } from './open-image.ts';

/** What is taken back of Kiln's trimming, as far as it can be written once and for all. */
const LAYER = join(PROJECT_DIRECTORY, 'ci', 'bench', 'untrimmed.yaml');
const HARDWARE = /^(?:usr\/)?lib\/udev\/hwdb\.d\/[^/]+\.hwdb$/;

/** Writes the image file of Kiln's image for an architecture without its trimming, and the same lock beside it. */
export async function writeUntrimmed(arch: Arch, directory: string): Promise<string> {
  const { image, work } = await openBenchImage(imageFileOf(arch));
  const packages = await openLocked(image.lock, work);
  const sources = join(directory, 'hwdb', 'usr/lib/udev/hwdb.d');
  await mkdir(sources, { recursive: true });
  for (const file of packages.flatMap(hardwareFiles)) {
    await writeFile(join(sources, nameOf(file.entry.path)), await readContent(contentOfFile(file)));
  }
  const file = join(directory, 'untrimmed.yaml');
  await writeFile(file, untrimmedText(arch, [...findKernel(packages).modules.keys()]));
  await writeLockfile(join(directory, 'untrimmed.lock.json'), image.lock);
  return file;
}

/** The text of that image file: all of the kernel's modules, given by path, and a generic initrd. Pure. */
export function untrimmedText(arch: Arch, modulePaths: readonly string[]): string {
  const all = modulePaths.map(moduleName);
  return [
    `include: [${arch}.yaml, ${JSON.stringify(LAYER)}]`,
    `kernel: { modules: ${JSON.stringify(all)} }`,
    `initrd: { modules: ${JSON.stringify(genericInitrd(modulePaths))} }`,
    'overlays: [./hwdb]',
    '',
  ].join('\n');
}

/** Kiln's overlay removes some of them from their package; an overlay can bring them back, a definition cannot. */
function hardwareFiles({ unpacked }: OpenPackage): readonly PackageFile[] {
  return unpacked.entries
    .filter(({ kind, path }) => kind === 'file' && HARDWARE.test(path))
    .map((entry) => ({ entry, unpacked }));
}
