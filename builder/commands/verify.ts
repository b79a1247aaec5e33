import type { Command } from 'commander';
import { verifyRelease } from '../image/release/verify.ts';
import type { Session } from './options.ts';

const HELP = `
Example:
  $ kiln verify out/kiln-0.1.0-x86_64`;

/** Adds `kiln verify`: whether a release is what was built; ends with code 4 when it is not. */
export function addVerify(program: Command, { progress }: Session): void {
  program
    .command('verify')
    .summary('check a release against its manifest')
    .description('Reads every file of a release and compares it with the manifest.')
    .argument('<release>', 'the directory of a release')
    .addHelpText('after', HELP)
    .action(async (directory: string) => {
      const manifest = await progress.step(`Verifying ${directory}`, (meter) =>
        verifyRelease(directory, meter),
      );
      process.stdout.write(
        `${directory}: ${manifest.outputs.length} files are as they were built\n`,
      );
    });
}
