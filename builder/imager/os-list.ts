import type { RaspberryPi } from '../image/board/board.ts';
import type { Manifest } from '../image/release/manifest.ts';
import { KilnError } from '../report/errors.ts';

/** A release, and the address of the directory that has its files; it ends in a slash. */
export interface PublishedRelease {
  /** As the user named it, for errors. */
  readonly name: string;
  readonly manifest: Manifest;
  readonly base: string;
}

/** A kind of board, as Raspberry Pi Imager lets its user choose one. */
interface ImagerDevice {
  readonly name: string;
  readonly description: string;
  /** What Imager compares with an image's `devices`; a Zero 2 W has the tag of a 3. */
  readonly tags: readonly string[];
}

const DEVICES: Readonly<Record<RaspberryPi, readonly ImagerDevice[]>> = {
  'raspberry-pi': [
    { name: 'Raspberry Pi 4', description: '4B, 400, CM4', tags: ['pi4-64bit'] },
    { name: 'Raspberry Pi 3', description: '3B, 3B+', tags: ['pi3-64bit'] },
    { name: 'Raspberry Pi Zero 2 W', description: 'Zero 2 W', tags: ['pi3-64bit'] },
  ],
  'raspberry-pi-5': [{ name: 'Raspberry Pi 5', description: '5', tags: ['pi5-64bit'] }],
};

/** An image has to have one: a kiln, drawn here so that nothing has to be fetched for it. */
const ICON = `data:image/svg+xml;base64,${Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><path fill="#b7410e" d="M4 36V20a16 16 0 0 1 32 0v16z"/>' +
    '<path fill="#fff" d="M14 36V26a6 6 0 0 1 12 0v10z"/></svg>',
).toString('base64')}`;

/**
 * The list of images that Raspberry Pi Imager reads, in its own format (rpi-imager, doc/json-schema/os-list-schema.json):
 * what each release's compressed disk is, before and after decompression. It has no `init_format`: Imager then offers
 * no settings, which it would put where a box does not look; what a box is comes from its seed.
 * @throws KilnError `usage` when a release is not for a Raspberry Pi, or lacks the disk or its compressed form
 */
export function imagerList(releases: readonly PublishedRelease[]): string {
  const boards = new Set(releases.map(({ name, manifest }) => boardOf(name, manifest)));
  const devices = [...boards].flatMap((board) =>
    DEVICES[board].map((device) => ({
      ...{ ...device, default: false, icon: ICON, matching_type: 'inclusive' },
    })),
  );
  const list = { imager: { devices }, os_list: releases.map(entryOf) };
  return `${JSON.stringify(list, undefined, 2)}\n`;
}

function entryOf({ name, manifest, base }: PublishedRelease): Readonly<Record<string, unknown>> {
  const disk = manifest.outputs.find(({ file }) => file.endsWith('.raw'));
  const compressed = manifest.outputs.find(({ file }) => file.endsWith('.raw.zst'));
  if (disk === undefined || compressed === undefined) {
    throw new KilnError('usage', `the release ${name} has no ${disk ? '….raw.zst' : '….raw'}`, {
      hint: 'let the definition’s `artifacts` have `disk` and `disk.zst`; then build it again',
    });
  }
  const board = boardOf(name, manifest);
  return {
    name: `${manifest.name} ${manifest.version}`,
    description: `For ${DEVICES[board].map((device) => device.description).join(', ')}`,
    icon: ICON,
    url: new URL(encodeURIComponent(compressed.file), base).href,
    extract_size: disk.sizeBytes,
    extract_sha256: disk.sha256,
    image_download_size: compressed.sizeBytes,
    image_download_sha256: compressed.sha256,
    release_date: new Date(manifest.epoch * 1000).toISOString().slice(0, 10),
    devices: [...new Set(DEVICES[board].flatMap(({ tags }) => tags))],
    architecture: 'armv8',
  };
}

function boardOf(name: string, { board, arch }: Manifest): RaspberryPi {
  if (board !== undefined) return board;
  throw new KilnError(
    'usage',
    `the release ${name} is for ${arch} with UEFI, not for a Raspberry Pi`,
    {
      hint: 'build images/rpi.yaml, or an image that includes it',
    },
  );
}
