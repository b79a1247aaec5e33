import type { Arch } from '../arch.ts';

/** The files of a network boot, by name. */
export interface NetbootFiles {
  /** Unified kernel image with everything that is needed before the root. */
  readonly uki: string;
  readonly root: string;
  readonly hashTree: string;
  /** For firmware that knows no EFI programs: only where there is such firmware. */
  readonly bios?: { readonly kernel: string; readonly initrd: string };
}

/** What one image of a boot script is. */
export interface BootChoice {
  /** For people: name, version, architecture. */
  readonly title: string;
  readonly arch: Arch;
  readonly files: NetbootFiles;
  /** Kernel command line of the release. */
  readonly cmdline: string;
}

export interface BootScriptInput {
  /** One image an architecture. */
  readonly choices: readonly BootChoice[];
  /**
   * Where the files are: an address that ends in "/", as iPXE's own `cwduri` does; undefined is where the script
   * itself came from.
   */
  readonly base: string | undefined;
  /** Below `base`, where a box finds its seed: may have iPXE's settings in it. Undefined when there are no seeds. */
  readonly seeds: string | undefined;
}

/** Where a web server has the seed of a box: by the hardware address of its card, as `kiln site --http` lays it out. */
export const SEEDS_BY_MAC = `mac/\${netX/mac}/`;

/** iPXE's names of architectures (`buildarch`). */
const BUILD_ARCHES: Readonly<Record<Arch, string>> = { x86_64: 'x86_64', arm64: 'arm64' };

/** A setting of iPXE's, which it fills in. */
function setting(name: string): string {
  return `\${${name}}`;
}

/** The word of each command line that stands first, as the image's name. */
const FIRST = 'ro';

/**
 * The script that iPXE runs: chooses by architecture and firmware, and gives the kernel its whole command line.
 * iPXE puts an image's name before the arguments, and systemd-stub takes that line instead of its own; so the name
 * is a word of the line (https://ipxe.org/cmd/kernel, systemd-stub(7)).
 */
export function bootScript(input: BootScriptInput): string {
  const { choices } = input;
  return [
    '#!ipxe',
    `# Starts ${choices.map(({ title }) => title).join(', ')} over the network.`,
    `set server ${input.base ?? setting('cwduri')}`,
    ':start',
    ...choices.map(({ arch }) => `iseq \${buildarch} ${BUILD_ARCHES[arch]} && goto ${arch} ||`),
    // The 32-bit iPXE of old firmware also starts 64-bit kernels.
    ...(choices.some(({ files }) => files.bios)
      ? [`iseq ${setting('platform')} pcbios && goto x86_64 ||`]
      : []),
    `echo There is no image for ${setting('buildarch')} here.`,
    'goto failed',
    ...choices.flatMap((choice) => branchOf(choice, input)),
    ':failed',
    'echo Trying again in 30 seconds.',
    'sleep 30',
    'goto start',
    '',
  ].join('\n');
}

function branchOf({ arch, files, cmdline }: BootChoice, input: BootScriptInput): readonly string[] {
  const rest = cmdline.split(' ').filter((word) => word !== FIRST);
  const words = [...rest, `kiln.server=${setting('server')}`, ...seedWords(input)].join(' ');
  const { uki, bios } = files;
  return [
    `:${arch}`,
    ...(bios ? [`iseq \${platform} pcbios && goto ${arch}-bios ||`] : []),
    `kernel --name ${FIRST} \${server}${uki} ${words} || goto failed`,
    'boot || goto failed',
    ...(bios
      ? [
          `:${arch}-bios`,
          `kernel \${server}${bios.kernel} initrd=${bios.initrd} ${FIRST} ${words} || goto failed`,
          `initrd \${server}${bios.initrd} || goto failed`,
          'boot || goto failed',
        ]
      : []),
  ];
}

function seedWords({ seeds }: BootScriptInput): readonly string[] {
  return seeds === undefined ? [] : [`ds=nocloud;s=\${server}${seeds}`];
}
