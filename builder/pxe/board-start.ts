import { type BootChoice, PROFILES } from '../image/artifacts/boot-script.ts';
import { seedPath } from './seeds/address.ts';

/** What U-Boot gets first over TFTP: variables for its environment, of which it then runs `start`. */
export const START_ENVIRONMENT = 'kiln.env';

/** Who gives a board its files. */
export interface BoardServer {
  /** IPv4 address of the TFTP server. */
  readonly address: string;
  /** Where the web server is: ends in "/". */
  readonly base: string;
  readonly hasSeeds: boolean;
}

/** U-Boot's name for the hardware address of its card; it fills it in. */
const MAC = `\${ethaddr}`;

/**
 * How U-Boot starts an image: as text for its `env import -t`, a `name=value` a line. `bootefi` hands `bootargs` on as
 * the program's load options, which systemd-stub takes instead of the kernel's own command line; it takes the number
 * of the profile off (U-Boot's documentation, "bootefi command"; systemd-stub(7)). The kernel comes over TFTP too,
 * which is what U-Boot's network stacks, the old one and lwIP, have in common: for HTTP they want different commands.
 */
export function startEnvironment(
  { address, base, hasSeeds }: BoardServer,
  { files, cmdlines }: BootChoice,
): string {
  const cmdline = `@${PROFILES.diskless} ${cmdlines.diskless} kiln.server=${base}`;
  const seeds = hasSeeds ? ` ds=nocloud;s=${base}${seedPath(MAC)}` : '';
  // In quotes a semicolon ends no command, and what a variable is filled in with is not read again.
  const line = `setenv bootargs "\${cmdline}${seeds}"`;
  const load = `tftpboot \${loadaddr} ${address}:${files.uki}`;
  // What is then started from a disk must not get the line.
  const start = `${load}&&${line}&&bootefi \${loadaddr};setenv bootargs`;
  return Object.entries({ cmdline, start }).map(lineOf).join('');
}

/** `env import` takes a backslash off. */
function lineOf([name, value]: readonly [string, string]): string {
  return `${name}=${value.replaceAll('\\', '\\\\')}\n`;
}
