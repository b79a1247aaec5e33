import type { Arch } from '../arch.ts';

/** The files of a network boot, by name. */
export interface NetbootFiles {
  /** Unified kernel image with everything that is needed before the root. */
  readonly uki: string;
  readonly root: string;
  readonly hashTree: string;
  /** For firmware that knows no EFI programs: only where there is such firmware. */
  readonly bios?: { readonly kernel: string; readonly initrd: string };
  /** What an installed disk starts with: kernel, boot loader, and the boot loader's settings. */
  readonly system: string;
  readonly loader: string;
  readonly loaderConf: string;
}

/** What a network boot is for: the box itself, or to install it onto a disk. */
export type Purpose = 'diskless' | 'install';

/** The number of a purpose's profile in the unified kernel image. */
export const PROFILES: Readonly<Record<Purpose, number>> = { diskless: 0, install: 1 };

/** What one image of a boot script is. */
export interface BootChoice {
  /** For people: name, version, architecture. */
  readonly title: string;
  readonly arch: Arch;
  readonly files: NetbootFiles;
  /** Kernel command lines of the release. */
  readonly cmdlines: Readonly<Record<Purpose, string>>;
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
  /** Undefined leaves it to iPXE's setting `kiln-purpose`, which is `diskless` if nobody sets it. */
  readonly purpose?: Purpose;
}

/** Where a web server has the seed of a box: by the hardware address of its card, as `kiln site --http` lays it out. */
export const SEEDS_BY_MAC = `mac/\${netX/mac}/`;

/** iPXE's names of architectures (`buildarch`). */
const BUILD_ARCHES: Readonly<Record<Arch, string>> = { x86_64: 'x86_64', arm64: 'arm64' };

/** A setting of iPXE's, which it fills in. */
function setting(name: string): string {
  return `\${${name}}`;
}

/**
 * The script that iPXE runs: chooses by architecture, firmware and purpose, and gives the kernel its whole command
 * line. iPXE puts an image's name before the arguments, and systemd-stub takes the line instead of its own; so the name
 * is the number of the profile, which the stub takes off (https://ipxe.org/cmd/kernel, systemd-stub(7)).
 */
export function bootScript(input: BootScriptInput): string {
  const { choices, purpose } = input;
  return [
    '#!ipxe',
    `# Starts ${choices.map(({ title }) => title).join(', ')} over the network.`,
    `set server ${input.base ?? setting('cwduri')}`,
    ...(purpose === undefined
      ? [
          '# "set kiln-purpose install" before this script starts the installer.',
          `isset ${setting('kiln-purpose')} || set kiln-purpose diskless`,
        ]
      : []),
    ':start',
    ...choices.map(({ arch }) => `iseq \${buildarch} ${BUILD_ARCHES[arch]} && goto ${arch} ||`),
    // The 32-bit iPXE of old firmware also starts 64-bit kernels.
    ...(choices.some(({ files }) => files.bios)
      ? [`iseq ${setting('platform')} pcbios && goto x86_64 ||`]
      : []),
    `echo There is no image for ${setting('buildarch')} here.`,
    'goto failed',
    ...choices.flatMap((choice) => branchesOf(choice, input)),
    ':failed',
    'echo Trying again in 30 seconds.',
    'sleep 30',
    'goto start',
    '',
  ].join('\n');
}

function branchesOf(choice: BootChoice, input: BootScriptInput): readonly string[] {
  const { arch } = choice;
  if (input.purpose !== undefined) {
    return [`:${arch}`, ...linesOf(choice, input, input.purpose, arch)];
  }
  return [
    `:${arch}`,
    `iseq ${setting('kiln-purpose')} install && goto ${arch}-install ||`,
    ...linesOf(choice, input, 'diskless', arch),
    `:${arch}-install`,
    ...linesOf(choice, input, 'install', `${arch}-install`),
  ];
}

function linesOf(
  { files, cmdlines }: BootChoice,
  input: BootScriptInput,
  purpose: Purpose,
  label: string,
): readonly string[] {
  const words = [
    cmdlines[purpose],
    `kiln.server=${setting('server')}`,
    ...(input.seeds === undefined ? [] : [`ds=nocloud;s=\${server}${input.seeds}`]),
  ].join(' ');
  const { uki, bios } = files;
  return [
    ...(bios ? [`iseq \${platform} pcbios && goto ${label}-bios ||`] : []),
    `kernel --name @${PROFILES[purpose]} \${server}${uki} ${words} || goto failed`,
    'boot || goto failed',
    ...(bios
      ? [
          `:${label}-bios`,
          `kernel \${server}${bios.kernel} initrd=${bios.initrd} ${words} || goto failed`,
          `initrd \${server}${bios.initrd} || goto failed`,
          'boot || goto failed',
        ]
      : []),
  ];
}
