import { networkInterfaces } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { type AddressRange, parseAddressRange } from '../pxe/address-range.ts';
import { choosePlace } from '../pxe/interfaces.ts';
import { asCaller, needRoot } from '../pxe/privileges.ts';
import { openReleases } from '../pxe/releases.ts';
import { serve } from '../pxe/serve.ts';
import { KilnError } from '../report/errors.ts';
import { openTools } from './open-tools.ts';
import { type Session, workspaceOf } from './options.ts';
import { openSeeds } from './pxe-seeds.ts';
import { SECRETS_HELP, type SecretsOptions, withSecrets } from './site/secrets-flags.ts';

interface PxeOptions extends SecretsOptions {
  readonly site?: string;
  readonly interface?: string;
  readonly port?: number;
  readonly fullDhcp?: AddressRange;
  readonly httpOnly?: boolean;
}

const HTTP = 80;
/** For who may have no port below 1024. */
const HTTP_UNPRIVILEGED = 8080;

const HELP = `
Examples:
  $ sudo kiln pxe out/kiln-0.1.0-x86_64 --site plant7.yaml
  $ sudo kiln pxe out/kiln-0.1.0-x86_64 out/kiln-0.1.0-arm64
  $ sudo kiln pxe out/kiln-0.1.0-x86_64 --interface eth1 --full-dhcp 10.9.0.50-10.9.0.99
  $ kiln pxe out/kiln-0.1.0-x86_64 --http-only        # another DHCP server names http://…:8080/boot.ipxe

Beside the DHCP server of the network it only says where to boot from (proxy DHCP), and changes nothing else. Ports
67, 69 and 4011 of UDP and 80 of TCP need root, and no firewall in between; --http-only needs no root. Ctrl-C ends it.

With a site each node gets its seed, to which its secrets belong: only the machine with its MAC (or its serial number
or UUID, where the site has no MAC), as this machine's ARP table sees it, within half an hour after it got its kernel
here, and once. A node with an \`install\` key is installed onto its disk, and starts from there when it asks again. Who
can take over an address of the network can take a seed: serve sites in networks that you trust.
${SECRETS_HELP}`;

/** Adds `kiln pxe`: serves releases to machines that boot over the network. */
export function addPxe(program: Command, session: Session): void {
  const command = program
    .command('pxe')
    .summary('serve releases to machines that boot over the network')
    .description('Serves releases to machines that boot over the network, and shows who does.')
    .argument('<releases...>', 'directories of releases, one an architecture')
    .option('--site <file>', 'give the nodes of this site their seeds')
    .option('--interface <name>', 'where the machines are; needed with more than one network')
    .option('--full-dhcp <range>', 'give addresses away too: there is no other DHCP', addressRange)
    .option('--http-only', 'only the web server: another DHCP server says where to boot from')
    .option('--port <number>', 'port of the web server (default: 80; 8080 with --http-only)', port)
    .addHelpText('after', HELP);
  withSecrets(command).action((releases: readonly string[], options: PxeOptions) =>
    pxe(releases, options, session),
  );
}

async function pxe(
  directories: readonly string[],
  options: PxeOptions,
  session: Session,
): Promise<void> {
  const { httpOnly = false, fullDhcp: range } = options;
  if (httpOnly && range !== undefined) {
    throw new KilnError('usage', '--full-dhcp and --http-only exclude each other', {
      hint: 'leave one of them out',
    });
  }
  const workspace = workspaceOf({}, session.env);
  if (!httpOnly) needRoot(workspace.storeRoot);
  const place = choosePlace(networkInterfaces(), options.interface);
  const { releases, toolbox, seeds } = await asCaller(session.env, async () => {
    const store = await workspace.openStore(session);
    const { toolbox } = await openTools({ workspace, store, session });
    const title = 'Checking the files of the network boot';
    const releases = await session.progress.step(title, () => openReleases(directories));
    const { site } = options;
    const seeds = site === undefined ? undefined : await openSeeds(site, options, session);
    return { releases, toolbox, seeds };
  });
  const input = {
    ...{ releases, place, seeds, toolbox, signal: session.signal, output: process.stdout },
    port: options.port ?? (httpOnly ? HTTP_UNPRIVILEGED : HTTP),
    dhcp: httpOnly ? undefined : { ...(range && { range }) },
  };
  await serve(input, (base) => {
    const how = range === undefined ? 'beside the DHCP server that is there' : 'as DHCP server';
    const what = releases.map(({ choice }) => choice.title).join(', ');
    const where = httpOnly ? `${base}boot.ipxe` : `${base}, on ${place.interface} ${how}`;
    process.stderr.write(`Serving ${what} at ${where}. Ctrl-C ends it.\n`);
  });
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0 && value < 65_536) return value;
  throw new InvalidArgumentError('It must be a number between 1 and 65535.');
}

function addressRange(text: string): AddressRange {
  const range = parseAddressRange(text);
  if (range !== undefined) return range;
  throw new InvalidArgumentError('It must be two addresses, as 10.9.0.50-10.9.0.99.');
}
