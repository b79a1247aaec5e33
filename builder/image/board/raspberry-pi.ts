import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KilnError } from '../../report/errors.ts';
import { PROJECT_DIRECTORY } from '../definition/project.ts';
import type { KernelFiles } from '../kernel/kernel-files.ts';
import { contentOfFile, type PackageFile } from '../kernel/package-file.ts';
import type { OpenPackage } from '../store/open-packages.ts';
import { readContent } from '../tree/content.ts';
import { type Board, RASPBERRY_PIS, type RaspberryPi } from './board.ts';
import {
  defaultEnvironment,
  ENVIRONMENT_FILE,
  environmentFile,
  refuseOldUBoot,
  U_BOOT_FILE,
} from './u-boot.ts';

/** A file of the boot partition, or of a TFTP server. */
export interface BoardFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** What a board adds to an image. */
export interface BoardParts {
  /** For the ESP, besides systemd-boot and the UKI. */
  readonly files: readonly BoardFile[];
  /** For the UKI: flattened device trees. */
  readonly deviceTrees: readonly Buffer[];
}

/** Where the parts come from. */
export interface BoardSource {
  /** All locked packages. */
  readonly packages: readonly OpenPackage[];
  readonly kernel: Pick<KernelFiles, 'release' | 'deviceTrees'>;
}

const NOTHING: BoardParts = { files: [], deviceTrees: [] };

const FIRMWARE_PACKAGE = 'raspi-firmware';
const FIRMWARE_DIRECTORY = 'usr/lib/raspi-firmware';
const U_BOOT_PACKAGE = 'u-boot-rpi';
/** One program for all 64-bit boards: it goes by the device tree that the firmware hands over. */
const U_BOOT = 'usr/lib/u-boot/rpi_arm64/u-boot.bin';

/** Whether a package has nothing but files for the boot partition: the root gets none of it. */
export function isBoardPackage({ name }: { readonly name: string }): boolean {
  return name === FIRMWARE_PACKAGE || name === U_BOOT_PACKAGE;
}

/**
 * What the board needs to start.
 * @throws KilnError `lock` when U-Boot is too old, or a package or file is missing
 */
export async function boardParts(board: Board, source: BoardSource): Promise<BoardParts> {
  if (board === 'uefi') return NOTHING;
  const trees = await deviceTrees(board, source.kernel);
  return {
    files: await raspberryPiFiles(board, source.packages, trees),
    deviceTrees: RASPBERRY_PIS[board].treesInUki ? trees.map(({ bytes }) => bytes) : [],
  };
}

/**
 * The files by which a Raspberry Pi comes from its own boot loader to UEFI: firmware, config.txt, device trees, U-Boot
 * with its environment. In byte order of their paths.
 */
async function raspberryPiFiles(
  board: RaspberryPi,
  packages: BoardSource['packages'],
  trees: readonly BoardFile[],
): Promise<readonly BoardFile[]> {
  const firmware = RASPBERRY_PIS[board].firmware.map((path) => ({
    path,
    file: fileOf(packages, FIRMWARE_PACKAGE, `${FIRMWARE_DIRECTORY}/${path}`),
  }));
  const uBoot = fileOf(packages, U_BOOT_PACKAGE, U_BOOT);
  refuseOldUBoot(uBoot.unpacked.name, uBoot.unpacked.version);
  const uBootBytes = await readContent(contentOfFile(uBoot));
  const config = join(PROJECT_DIRECTORY, 'firmware', 'rpi', 'config.txt');
  const files = [
    ...(await Promise.all(
      firmware.map(async ({ path, file }) => ({
        path,
        bytes: await readContent(contentOfFile(file)),
      })),
    )),
    ...trees,
    { path: 'config.txt', bytes: await readFile(config) },
    { path: U_BOOT_FILE, bytes: uBootBytes },
    { path: ENVIRONMENT_FILE, bytes: environmentFile(unattended(uBootBytes)) },
  ];
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** With -2 no key on the serial line or a keyboard stops the start: noise on an open pin is such a key. */
function unattended(uBoot: Buffer): ReadonlyMap<string, string> {
  return new Map([...defaultEnvironment(uBoot), ['bootdelay', '-2']]);
}

async function deviceTrees(
  board: RaspberryPi,
  { release, deviceTrees: available }: BoardSource['kernel'],
): Promise<readonly BoardFile[]> {
  const { deviceTrees: wanted } = RASPBERRY_PIS[board];
  const missing = wanted.filter((name) => !available.has(name));
  if (missing.length > 0) {
    throw new KilnError('lock', `the kernel ${release} has no device tree ${missing.join(', ')}`, {
      hint: `${board} needs a kernel that knows these boards: see \`kernel.flavour\` and the suites of images/rpi.yaml and images/rpi5.yaml`,
    });
  }
  return await Promise.all(
    wanted.map(async (path) => ({ path, bytes: await readTree(path, available) })),
  );
}

async function readTree(
  name: string,
  available: ReadonlyMap<string, PackageFile>,
): Promise<Buffer> {
  const file = available.get(name);
  if (file === undefined) throw new Error(`${name} was there a moment ago`);
  const bytes = await readContent(contentOfFile(file));
  // Devicetree Specification, section 5.2: magic, then the whole size.
  const isTree = bytes.length >= 8 && bytes.readUInt32BE(0) === 0xd00dfeed;
  if (isTree && bytes.readUInt32BE(4) <= bytes.length) return bytes;
  const { unpacked } = file;
  throw new KilnError('lock', `${name} of ${unpacked.name} ${unpacked.version} is no device tree`, {
    hint: 'go back to the version of the kernel before it',
  });
}

function fileOf(packages: readonly OpenPackage[], name: string, path: string): PackageFile {
  const unpacked = packages.map((each) => each.unpacked).find((each) => each.name === name);
  if (unpacked === undefined) {
    throw new KilnError('lock', `the image has no package ${name}, which this board starts with`, {
      hint: 'include rpi.yaml (or rpi5.yaml), or add the package to `packages`; then run `kiln lock`',
    });
  }
  const entry = unpacked.entries.find((each) => each.kind === 'file' && each.path === path);
  if (entry === undefined) {
    throw new KilnError('lock', `${name} ${unpacked.version} has no ${path}`, {
      hint: 'this packaging is not known to Kiln yet: go back to the version before it',
    });
  }
  return { entry, unpacked };
}
