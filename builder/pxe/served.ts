import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootScript } from '../image/artifacts/boot-script.ts';
import { BOOT_SCRIPT } from '../image/artifacts/netboot.ts';
import { sha256 } from '../report/sha256.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { BOOT_LOADERS } from './dhcp/config.ts';
import { BINARY, type Resource, TEXT } from './http/resource.ts';
import type { NetRelease } from './releases.ts';

/** What a file is for a machine that gets it. */
export type Part =
  | 'boot loader'
  | 'boot script'
  | 'kernel'
  | 'initrd'
  | 'root'
  | 'hash tree'
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
  const script = bootScript({ choices: releases.map(({ choice }) => choice), base, seeds });
  const served = new Map<string, Served>();
  served.set(BOOT_SCRIPT, { part: 'boot script', resource: inMemory(Buffer.from(script), TEXT) });
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

/** iPXE for each kind of firmware, from the tools that Kiln brings. */
export async function readBootLoaders(
  toolbox: Pick<Toolbox, 'file'>,
): Promise<ReadonlyMap<string, Buffer>> {
  const loaders = new Map<string, Buffer>();
  for (const [name, path] of Object.entries(BOOT_LOADERS)) {
    loaders.set(name, await readFile(join(toolbox.file(path))));
  }
  return loaders;
}

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
