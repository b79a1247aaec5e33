import type { Command } from 'commander';
import { findCandidates } from '../flash/candidates.ts';
import { askConsent } from '../flash/consent.ts';
import { candidateTable } from '../flash/devices/candidate-table.ts';
import { readDevices } from '../flash/devices/read-devices.ts';
import type { Wanted } from '../flash/devices/refusals.ts';
import { sizeText } from '../flash/devices/size-text.ts';
import type { FilledPartition } from '../flash/disk/layout.ts';
import { flashImage } from '../flash/flash.ts';
import { findImage, type ReleaseImage } from '../flash/image/release-image.ts';
import { readSeed } from '../flash/seed.ts';
import {
  checkFile,
  findTarget,
  hasData,
  nameTarget,
  openTarget,
  removeIfNew,
  type Target,
} from '../flash/target.ts';
import type { Session } from './options.ts';

interface FlashOptions {
  readonly seed?: string;
  readonly internal?: boolean;
  readonly yes?: boolean;
  readonly verify: boolean;
}

const HELP = `
Examples:
  $ kiln flash out/kiln-0.1.0-x86_64                       # lists the disks of this machine
  $ kiln flash out/kiln-0.1.0-x86_64 /dev/sdb
  $ kiln flash out/kiln-0.1.0-x86_64 /dev/sdb --seed w1.iso
  $ kiln flash out/kiln-0.1.0-x86_64 disk.img              # a file, for a virtual machine

All on the disk is lost. A disk whose flashing was interrupted says so in its first bytes, and boots nothing.`;

/** Adds `kiln flash`: writes the image of a release to a disk. */
export function addFlash(program: Command, session: Session): void {
  program
    .command('flash')
    .summary('write a release to a disk, and read it back')
    .description(
      'Writes the image of a release to a disk, stick, card or file, and reads it back. Without one it lists the disks.',
    )
    .argument('<release>', 'directory of a release')
    .argument('[disk]', 'what is written: a whole disk as /dev/sdb, or a file')
    .option('--seed <iso>', 'also put the seed of a box on the disk, as a partition of its own')
    .option('--internal', 'let it be a disk that is built in')
    .option('--yes', 'do not ask')
    .option('--no-verify', 'do not read back: that the disk has not kept something is not noticed')
    .addHelpText('after', HELP)
    .action((release: string, disk: string | undefined, options: FlashOptions) =>
      flash(release, disk, options, session),
    );
}

async function flash(
  release: string,
  disk: string | undefined,
  options: FlashOptions,
  session: Session,
): Promise<void> {
  const image = await findImage(release);
  const seed = options.seed === undefined ? undefined : await readSeed(options.seed);
  const wanted = {
    neededBytes: image.neededBytes + (seed?.bytes.length ?? 0),
    allowInternal: options.internal === true,
  };
  if (disk === undefined) return list(wanted);
  const target = await findTarget(disk, wanted);
  checkFile(target, release, readDevices('/'));
  return write(image, target, seed, options, session);
}

async function list(wanted: Wanted): Promise<void> {
  process.stdout.write(candidateTable(await findCandidates('/', wanted)));
}

async function write(
  image: ReleaseImage,
  target: Target,
  seed: FilledPartition | undefined,
  options: FlashOptions,
  { progress, signal }: Session,
): Promise<void> {
  let hasBegun = false;
  try {
    await using disk = await openTarget(target, seed !== undefined);
    if (hasData(target) && options.yes !== true) {
      const question = `Write ${image.title} to ${nameTarget(target)}? All on it is lost.`;
      await askConsent(question, { input: process.stdin, output: process.stderr }, signal);
    }
    const { writtenBytes, seconds } = await flashImage({
      ...{ image, disk, added: seed, verify: options.verify, progress, signal },
      clock: () => performance.now(),
      begun: () => {
        hasBegun = true;
      },
    });
    const check = !options.verify
      ? 'not read back'
      : disk.isDirect
        ? 'read back'
        : 'read back through the page cache, for this file system has no other way';
    process.stdout.write(
      `${target.path} has ${image.title}: ${sizeText(writtenBytes)} in ${seconds.toFixed(1)} s, ${check}\n`,
    );
  } catch (error) {
    const isGone = await removeIfNew(target);
    if (hasBegun && !isGone) {
      progress.warn(
        `${target.path} has no image now, and says so in its first bytes: run kiln flash again`,
      );
    }
    throw error;
  }
}
