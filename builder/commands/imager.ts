import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import { readManifest } from '../image/release/manifest.ts';
import { imagerList, type PublishedRelease } from '../imager/os-list.ts';

const HELP = `
Examples:
  $ kiln imager out/kiln-rpi-0.1.0-arm64 > kiln.json
  $ kiln imager out/kiln-rpi-0.1.0-arm64 --url https://files.example.test/kiln/ > kiln.json
  $ rpi-imager --repo https://files.example.test/kiln.json

In Raspberry Pi Imager: App Options, Content Repository, Use custom file (or URL). It reads .zst from version 1.7 on.`;

/** Adds `kiln imager`: the list of images that Raspberry Pi Imager reads, on stdout. */
export function addImager(program: Command): void {
  program
    .command('imager')
    .summary('list releases for Raspberry Pi Imager')
    .description(
      'Prints the list of images that Raspberry Pi Imager reads: where they are, sizes, digests, boards.',
    )
    .argument('<release...>', 'directories of releases for a Raspberry Pi')
    .option(
      '--url <address>',
      'of the directory that has the files of the releases; without it they are read from here',
      httpAddress,
    )
    .addHelpText('after', HELP)
    .action(async (directories: readonly string[], { url }: { readonly url?: string }) => {
      const releases = directories.map(async (name): Promise<PublishedRelease> => {
        const base = url ?? pathToFileURL(`${resolve(name)}/`).href;
        return { name, manifest: await readManifest(name), base };
      });
      process.stdout.write(imagerList(await Promise.all(releases)));
    });
}

function httpAddress(text: string): string {
  if (!/^https?:\/\/[^\s/]+/.test(text)) {
    throw new InvalidArgumentError('It has to begin with http:// or https://.');
  }
  return text.endsWith('/') ? text : `${text}/`;
}
