import { KilnError } from '../../report/errors.ts';
import { crc32 } from '../artifacts/crc32.ts';
import { compareVersions } from '../lock/deb-version.ts';

/**
 * From this version on U-Boot can rename a file on FAT, which is how systemd-boot counts the tries of an image. An
 * older one starts everything all the same: a broken update would then be tried for ever.
 */
const RENAMES_SINCE = '2025.07';

/** What config.txt calls U-Boot. */
export const U_BOOT_FILE = 'u-boot.bin';
/** Where U-Boot looks for its environment on a card: CONFIG_ENV_FAT_FILE. */
export const ENVIRONMENT_FILE = 'uboot.env';

/** Bytes of the environment's file: CONFIG_ENV_SIZE of Debian's builds for these boards. */
const ENVIRONMENT_BYTES = 0x4000;

/** @throws KilnError when this version of U-Boot cannot count tries */
export function refuseOldUBoot(packageName: string, version: string): void {
  if (compareVersions(version, RENAMES_SINCE) >= 0) return;
  throw new KilnError(
    'lock',
    `${packageName} ${version} cannot rename files, so tries of an image would not be counted: ${RENAMES_SINCE} or newer is needed`,
    {
      hint: `have it come from a suite that has one, as images/rpi.yaml does: suites: { …: { only: [${packageName}] } }; then run \`kiln lock\``,
    },
  );
}

/**
 * The environment that is compiled into U-Boot: its only list of `name=value` texts that has `bootcmd`, each ended by
 * NUL, the list by another one.
 * @throws KilnError when there is none
 */
export function defaultEnvironment(uBoot: Buffer): ReadonlyMap<string, string> {
  const { start, end } = placeOfEnvironment(uBoot);
  const texts = uBoot.toString('latin1', start, end).split('\0');
  const entries = texts.map((text) => /^([A-Za-z_][\w.:-]*)=(.*)$/s.exec(text));
  const found = entries.flatMap((match) =>
    match ? [[match[1] ?? '', match[2] ?? ''] as const] : [],
  );
  if (found.length < texts.length) throw noEnvironment();
  return new Map(found);
}

/**
 * The same program with another environment compiled in, for where it finds no file with one. It takes no more room
 * than the one that was there.
 * @throws KilnError when there is none, or no room
 */
export function withEnvironment(uBoot: Buffer, environment: ReadonlyMap<string, string>): Buffer {
  const { start, end } = placeOfEnvironment(uBoot);
  const text = Buffer.from(listOf(environment), 'latin1');
  // The list's last NUL, and the one that ends it.
  if (text.length > end + 1 - start) {
    const sizes = `${text.length} bytes, where there are ${end + 1 - start}`;
    throw new KilnError(
      'lock',
      `U-Boot has no room for the environment of a network boot: ${sizes}`,
      {
        hint: 'this build of U-Boot is not known to Kiln yet: go back to the version before it',
      },
    );
  }
  const changed = Buffer.from(uBoot);
  changed.fill(0, start, end + 2);
  text.copy(changed, start);
  return changed;
}

/** Where the list begins, and where the NUL of its last entry is. */
function placeOfEnvironment(uBoot: Buffer): { readonly start: number; readonly end: number } {
  const at = uBoot.indexOf('\0bootcmd=');
  const end = at < 0 ? -1 : uBoot.indexOf('\0\0', at + 1);
  if (end < 0) throw noEnvironment();
  return { start: startOfList(uBoot, at), end };
}

function listOf(environment: ReadonlyMap<string, string>): string {
  return [...environment].map(([name, value]) => `${name}=${value}\0`).join('');
}

/** The list may have entries before `bootcmd`; what precedes it is no assignment. */
function startOfList(uBoot: Buffer, at: number): number {
  let start = at + 1;
  for (;;) {
    const before = uBoot.lastIndexOf(0, start - 2);
    const text = uBoot.toString('latin1', before + 1, start - 1);
    if (!/^[A-Za-z_][\w.:-]*=[\x20-\x7e]*$/.test(text)) return start;
    start = before + 1;
  }
}

/**
 * An environment file as U-Boot reads it from FAT: a CRC-32 of what follows, then the texts. It takes the place of the
 * whole default environment.
 */
export function environmentFile(environment: ReadonlyMap<string, string>): Buffer {
  const text = listOf(environment);
  const file = Buffer.alloc(ENVIRONMENT_BYTES);
  const written = file.write(`${text}\0`, 4, 'latin1');
  if (written <= text.length) throw new Error('the environment of U-Boot is too large');
  file.writeUInt32LE(crc32(file.subarray(4)), 0);
  return file;
}

function noEnvironment(): KilnError {
  return new KilnError('lock', 'the default environment of this U-Boot is not where it was', {
    hint: 'this build of U-Boot is not known to Kiln yet: go back to the version before it',
  });
}
