import { type Command, Option } from 'commander';
import { findCandidates } from '../../flash/candidates.ts';
import { askConsent } from '../../flash/consent.ts';
import { candidateTable } from '../../flash/devices/candidate-table.ts';
import { readDevices } from '../../flash/devices/read-devices.ts';
import type { FilledPartition } from '../../flash/disk/layout.ts';
import { findInstaller } from '../../flash/image/installer-image.ts';
import { findImage, type ReleaseImage } from '../../flash/image/release-image.ts';
import { readSeed } from '../../flash/seed.ts';
import { checkFile, findTarget, hasData, nameTarget } from '../../flash/target.ts';
import type { Session } from '../options.ts';
import { SECRETS_HELP, withSecrets } from '../site/secrets-flags.ts';
import { type Errand, errandOf, type FlashOptions } from './errand.ts';
import { writeDisk } from './write-disk.ts';

const HELP = `
Examples:
  $ kiln flash out/kiln-0.1.0-x86_64                       # lists the disks of this machine
  $ kiln flash out/kiln-0.1.0-x86_64 /dev/sdb
  $ kiln flash out/kiln-0.1.0-x86_64 /dev/sdb --seed w1.iso
  $ kiln flash out/kiln-0.1.0-x86_64 /dev/sdb --site plant7.yaml --node w1
  $ kiln flash out/edge-1.4.0-x86_64 /dev/sdb --installer --site plant7.yaml --node w1
  $ kiln flash out/kiln-0.1.0-x86_64 --rack --site plant7.yaml --only 'w[1-20]' --labels w.html
  $ kiln flash out/kiln-0.1.0-x86_64 disk.img              # a file, for a virtual machine

All on the disk is lost. A disk whose flashing was interrupted says so in its first bytes, and boots nothing.
The seeds of a site's nodes are those that "kiln site" makes, from the secrets that it has made.
${SECRETS_HELP}`;

/** Adds `kiln flash`: writes the image of a release to a disk, or to one for each node of a site. */
export function addFlash(program: Command, session: Session): void {
  const command = program
    .command('flash')
    .summary('write a release to a disk, and read it back')
    .description(
      'Writes the image of a release to a disk, stick, card or file, and reads it back. Without one it lists the disks.',
    )
    .argument('<release>', 'directory of a release')
    .argument('[disk]', 'what is written: a whole disk as /dev/sdb, or a file')
    .addOption(
      new Option(
        '--installer',
        "write the release's installer to a stick, which puts the system onto a disk",
      ).conflicts('rack'),
    )
    .option('--seed <iso>', 'also put the seed of a box on the disk, as a partition of its own')
    .addOption(
      new Option('--site <file>', "also put the seed of a site's node on it").conflicts('seed'),
    )
    .option('--node <name>', 'which node of the site')
    .addOption(
      new Option('--rack', 'write a card for each node of the site, one after the other').conflicts(
        'node',
      ),
    )
    .option('--only <names>', 'with --rack: only these nodes, as c1,w[1-20]')
    .option('--from <name>', 'with --rack: begin with this node')
    .option('--labels <file>', 'with --rack: add labels to a sheet to be printed, HTML')
    .option('--internal', 'let it be a disk that is built in')
    .option('--yes', 'do not ask')
    .option('--no-verify', 'do not read back: that the disk has not kept something is not noticed')
    .addHelpText('after', HELP);
  withSecrets(command).action((release: string, disk: string | undefined, options: FlashOptions) =>
    flash(release, disk, options, session),
  );
}

async function flash(
  release: string,
  disk: string | undefined,
  options: FlashOptions,
  session: Session,
): Promise<void> {
  const errand = errandOf(disk, options);
  const image = await (options.installer === true ? findInstaller(release) : findImage(release));
  if (errand.kind === 'rack') {
    // What sites need takes longer to load than all else: who has none does not wait for it.
    const { openSeeds } = await import('./seeds.ts');
    const { flashRack, THIS_MACHINE } = await import('./rack.ts');
    const made = await openSeeds(errand.site, options, session);
    return flashRack(
      { ...made, release, image, file: errand.site, options },
      session,
      THIS_MACHINE,
    );
  }
  const seed = await seedFor(errand, image, options, session);
  const wanted = {
    neededBytes: image.neededBytes + (seed?.bytes.length ?? 0),
    allowInternal: options.internal === true,
  };
  if (disk === undefined) {
    process.stdout.write(candidateTable(await findCandidates('/', wanted)));
    return;
  }
  const target = await findTarget(disk, wanted);
  checkFile(target, release, readDevices('/'));
  const consent = async (): Promise<boolean> => {
    if (!hasData(target) || options.yes === true) return true;
    const question = `Write ${image.title} to ${nameTarget(target)}? All on it is lost.`;
    await askConsent(question, { input: process.stdin, output: process.stderr }, session.signal);
    return true;
  };
  const done = await writeDisk({ image, target, seed, verify: options.verify, consent }, session);
  process.stdout.write(`${done}\n`);
}

async function seedFor(
  errand: Exclude<Errand, { kind: 'rack' }>,
  image: ReleaseImage,
  options: FlashOptions,
  session: Session,
): Promise<FilledPartition | undefined> {
  switch (errand.kind) {
    case 'no seed':
      return undefined;
    case 'seed':
      return readSeed(errand.iso);
    case 'node': {
      const { seedOfNode } = await import('./seeds.ts');
      return seedOfNode(errand, image, options, session);
    }
  }
}
