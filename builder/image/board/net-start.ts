import { type BootChoice, PROFILES } from '../artifacts/boot-script.ts';
import { defaultEnvironment, withEnvironment } from './u-boot.ts';

/** What U-Boot gets first over TFTP: variables for its environment, of which it then runs `start`. */
export const START_ENVIRONMENT = 'kiln.env';

/** Who gives a board its files. */
export interface BoardServer {
  /** IPv4 address of the TFTP server; undefined is the one that DHCP names. */
  readonly address: string | undefined;
  /** Where the web server is: ends in "/". May have variables of U-Boot in it. */
  readonly base: string;
  /** Below `base`, where a board finds its seed, variables as above; undefined when there are no seeds. */
  readonly seeds: string | undefined;
}

/** U-Boot's name for the hardware address of its card; it fills it in. */
export const U_BOOT_MAC = `\${ethaddr}`;

/** One machine that DHCP names has everything, seeds as `kiln site --http` lays them out. */
export const NAMED_SERVER: BoardServer = {
  address: undefined,
  base: `http://\${serverip}/`,
  seeds: `mac/${U_BOOT_MAC}/`,
};

/**
 * In U-Boot's old network stack DHCP sets `serverip` to the server that is named for TFTP (siaddr). With lwIP that is
 * `tftpserverip`, if it is not the DHCP server itself, whose address `serverip` then has.
 */
const FIND_SERVER = `test -n "\${tftpserverip}"&&setenv serverip \${tftpserverip};`;

/** For other ways to boot, and for keyboards: they make room. */
const NOT_NEEDED = [
  ...['dhcpuboot', 'scriptaddr', 'pxefile_addr_r', 'ramdisk_addr_r', 'usb_ignorelist', 'vendor'],
  'cpu',
];

/** Places to start from that are no disks. */
const NETWORK = new Set(['pxe', 'dhcp']);

/** What surrounds, in a changed `bootcmd`, the one that was there. */
const BEFORE_DISK = '&&env import -t $fileaddr $filesize&&run start;';
const AFTER_DISK = ';sleep 9;done';

/** Of the longest name of a file with its server. */
const LONGEST = `255.255.255.255:${START_ENVIRONMENT}`.length;

/**
 * How U-Boot starts an image: as text for its `env import -t`, a `name=value` a line. `bootefi` hands `bootargs` on as
 * the program's load options, which systemd-stub takes instead of the kernel's own command line; it takes the number
 * of the profile off (U-Boot's documentation, "bootefi command"; systemd-stub(7)). The kernel comes over TFTP too,
 * which is what U-Boot's network stacks, the old one and lwIP, have in common: for HTTP they want different commands.
 */
export function startEnvironment(
  { address, base, seeds }: BoardServer,
  { files, cmdlines }: BootChoice,
): string {
  const cmdline = `@${PROFILES.diskless} ${cmdlines.diskless}`;
  const words = [
    `\${cmdline} kiln.server=${base}`,
    ...(seeds === undefined ? [] : [`ds=nocloud;s=${base}${seeds}`]),
  ];
  // In quotes a semicolon ends no command, and what a variable is filled in with is not read again.
  const line = `setenv bootargs "${words.join(' ')}"`;
  const find = address === undefined ? FIND_SERVER : '';
  const load = `tftpboot \${loadaddr} ${fileAt(address, files.uki)}`;
  // What is then started from a disk must not get the line.
  const start = `${find}${load}&&${line}&&bootefi \${loadaddr};setenv bootargs`;
  return Object.entries({ cmdline, start }).map(lineOf).join('');
}

/** `env import` takes a backslash off. */
function lineOf([name, value]: readonly [string, string]): string {
  return `${name}=${value.replaceAll('\\', '\\\\')}\n`;
}

/**
 * U-Boot that asks DHCP for an address, and does what a server's file says. Left to itself it would look for other
 * files. When the server does not answer it starts from a disk; it tries for ever, and stops for no key. One that was
 * changed so already is given the other server.
 * @param server IPv4 address of the TFTP server. Undefined is the one that DHCP names, which is the wrong one where
 *   another server answers first (U-Boot knows no proxy DHCP)
 * @throws KilnError when U-Boot has no environment, or no room for this one
 */
export function bootsFrom(server: string | undefined, uBoot: Buffer): Buffer {
  const environment = new Map(defaultEnvironment(uBoot));
  for (const name of NOT_NEEDED) environment.delete(name);
  const targets = (environment.get('boot_targets') ?? '').split(' ');
  const disks = targets.filter((target) => !NETWORK.has(target)).join(' ');
  const fromDisk = diskCommand(environment.get('bootcmd') ?? '');
  // Short, for there is little room; of one length, so that there is room for each server later.
  const load = `dhcp;tftpboot ${fileAt(server, START_ENVIRONMENT).padEnd(LONGEST)}`;
  return withEnvironment(
    uBoot,
    new Map([
      ...environment,
      ['boot_targets', disks],
      ['autoload', 'no'],
      ['bootdelay', '-2'],
      ['bootcmd', `while true;do ${load}${BEFORE_DISK}${fromDisk}${AFTER_DISK}`],
    ]),
  );
}

/** What starts from a disk, whether U-Boot is changed already or not. */
function diskCommand(command: string): string {
  const at = command.indexOf(BEFORE_DISK);
  if (at < 0 || !command.endsWith(AFTER_DISK)) return command;
  return command.slice(at + BEFORE_DISK.length, -AFTER_DISK.length);
}

/** A file's name for `tftpboot`. */
function fileAt(server: string | undefined, name: string): string {
  return server === undefined ? name : `${server}:${name}`;
}
