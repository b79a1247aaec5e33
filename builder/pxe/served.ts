import { bootScript } from '../image/artifacts/boot-script.ts';
import { BOOT_SCRIPT } from '../image/artifacts/netboot.ts';
import { sha256 } from '../report/sha256.ts';
import { BINARY, type Resource, TEXT } from './http/resource.ts';
import type { NetRelease } from './releases.ts';
import { MACHINE_QUERY, MACHINE_SCRIPT } from './seeds/address.ts';
import type { Start } from './seeds/installs.ts';

/** Names that begin so are the server's own: nobody gets them by that name. */
export const START_SCRIPTS = 'start/';

/** What a file is for a machine that gets it. */
export type Part =
  | 'boot loader'
  | 'boot script'
  | 'kernel'
  | 'initrd'
  | 'root'
  | 'hash tree'
  | 'installer files'
  | 'other';

export interface Served {
  readonly part: Part;
  readonly resource: Resource;
}

/** Everything that the server has, by name. */
export type ServedFiles = ReadonlyMap<string, Served>;

export interface ServedInput {
  readonly releases: readonly NetRelease[];
  /** Where the server is: ends in "/". */
  readonly base: string;
  /** Where boxes find their seeds, below `base`. */
  readonly seeds: string | undefined;
  /** iPXE, by the name that firmware asks for. */
  readonly bootLoaders: ReadonlyMap<string, Buffer>;
}

/** Brings together what machines get: boot loaders, the script for them, and the files of the releases. */
export function servedFiles(input: ServedInput): ServedFiles {
  const { releases, base, seeds, bootLoaders } = input;
  const choices = releases.map(({ choice }) => choice);
  const scripts: readonly (readonly [string, string])[] = [
    [BOOT_SCRIPT, askingScript(base)],
    [startScript('diskless'), bootScript({ choices, base, seeds, purpose: 'diskless' })],
    [startScript('install'), bootScript({ choices, base, seeds, purpose: 'install' })],
    [startScript('disk'), DISK_SCRIPT],
  ];
  const served = new Map<string, Served>();
  for (const [name, text] of scripts) {
    served.set(name, { part: 'boot script', resource: inMemory(Buffer.from(text), TEXT) });
  }
  for (const [name, bytes] of bootLoaders) {
    served.set(name, { part: 'boot loader', resource: inMemory(bytes, BINARY) });
  }
  for (const release of releases) {
    for (const [name, resource] of release.resources) {
      served.set(name, { part: partOf(name, release), resource });
    }
  }
  return served;
}

/** What starts a machine in a way, among the files: it is got as MACHINE_SCRIPT, by who is to have it. */
export function startScript(start: Start): string {
  return `${START_SCRIPTS}${start}.ipxe`;
}

/** The script that all get: it says who the machine is, and goes on with the answer. */
function askingScript(base: string): string {
  return [
    '#!ipxe',
    ':start',
    `chain --replace ${base}${MACHINE_SCRIPT}?${MACHINE_QUERY} ||`,
    'echo Trying again in 30 seconds.',
    'sleep 30',
    'goto start',
    '',
  ].join('\n');
}

/**
 * Leaves the machine to its disk. Firmware with UEFI goes on to the next entry of its boot order when this one fails;
 * BIOS would not, and there the first disk is started (https://ipxe.org/cmd/exit, https://ipxe.org/cmd/sanboot).
 */
const DISK_SCRIPT = [
  '#!ipxe',
  'echo This machine is installed: it starts from its disk.',
  `iseq \${platform} pcbios && sanboot --no-describe --drive 0x80 ||`,
  'exit 1',
  '',
].join('\n');

function partOf(name: string, { files }: NetRelease): Part {
  switch (name) {
    case files.uki:
    case files.bios?.kernel:
      return 'kernel';
    case files.bios?.initrd:
      return 'initrd';
    case files.root:
      return 'root';
    case files.hashTree:
      return 'hash tree';
    case files.system:
    case files.loader:
    case files.loaderConf:
      return 'installer files';
    default:
      return 'other';
  }
}

function inMemory(bytes: Buffer, type: string): Resource {
  return {
    sizeBytes: bytes.length,
    sha256: sha256(bytes),
    type,
    content: { kind: 'bytes', bytes },
  };
}
