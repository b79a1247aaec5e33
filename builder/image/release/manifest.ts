import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../report/error-code.ts';
import { KilnError } from '../../report/errors.ts';
import { hostFault } from '../../report/host-fault.ts';
import { type Sha256, sha256 } from '../../report/sha256.ts';
import type { Arch } from '../arch.ts';
import type { Artifact } from '../artifacts/build.ts';
import type { PartitionTable } from '../artifacts/gpt.ts';
import type { RaspberryPi } from '../board/board.ts';
import type { Boot } from '../boot/build.ts';
import type { Definition } from '../definition/definition.ts';
import type { LockedPackage } from '../lock/lockfile.ts';
import type { Rootfs } from '../rootfs/build.ts';

/** Name of the manifest in a release directory. */
export const MANIFEST = 'manifest.json';

/** Everything that an image is made from. Paths are as the user's files say them, never absolute. */
export interface Inputs {
  readonly definition: readonly { readonly file: string; readonly sha256: Sha256 }[];
  /** Digest of the completed definition: command-line options count too. */
  readonly completed: Sha256;
  readonly lock: Sha256;
  readonly packages: readonly Pick<LockedPackage, 'name' | 'version' | 'architecture' | 'sha256'>[];
  readonly overlays: readonly { readonly name: string; readonly sha256: Sha256 }[];
  /** Says so when the image has the stand-in instead of Kubernetes. */
  readonly k0s: {
    readonly kind: Definition['k0s']['kind'];
    readonly version: string;
    readonly sha256: Sha256;
  };
  /** Only when the image brings container images along. */
  readonly airgap?: {
    readonly kind: 'release' | 'file';
    readonly version: string | undefined;
    readonly sha256: Sha256;
  };
  readonly toolbox: {
    readonly identity: Sha256;
    readonly tools: readonly { readonly name: string; readonly version: string }[];
  };
  readonly kiln: { readonly version: string; readonly sha256: Sha256 };
}

/** What a release consists of and what it was made from: the same for the same inputs, anywhere. */
export interface Manifest {
  readonly format: 1;
  readonly name: string;
  readonly version: string;
  readonly arch: Arch;
  /** Only when it is another one than `uefi`. */
  readonly board?: RaspberryPi;
  readonly variant: Definition['variant'];
  /** Seconds since 1970; the time of every file of the release. */
  readonly epoch: number;
  readonly kernel: { readonly release: string; readonly cmdline: string };
  /** CNIs and modes, as images/cni.yaml names them, that the image has everything for. Of an older release it is not known. */
  readonly cnis?: readonly string[];
  readonly root: {
    readonly hash: Sha256;
    readonly sizeBytes: number;
    readonly hashTreeBytes: number;
    readonly initrdBytes: number;
  };
  readonly disk: {
    readonly uuid: string;
    readonly sizeBytes: number;
    /** Of the smallest disk that the box can divide at its first boot, where that is known. */
    readonly neededBytes?: number;
    readonly partitions: readonly {
      readonly label: string;
      readonly type: string;
      readonly uuid: string;
      readonly offsetBytes: number;
      readonly sizeBytes: number;
    }[];
  };
  /** Sorted by file name. */
  readonly outputs: readonly Artifact[];
  /** Digest of `inputs`: the same key, the same release. */
  readonly key: Sha256;
  readonly inputs: Inputs;
}

/** What `makeManifest` writes down. */
export interface ManifestParts {
  readonly definition: Pick<Definition, 'name' | 'version' | 'arch' | 'board' | 'variant'>;
  readonly epoch: number;
  readonly rootfs: Pick<Rootfs, 'rootHash' | 'imageBytes' | 'hashTreeBytes'>;
  readonly boot: Pick<Boot, 'kernelRelease' | 'cmdline' | 'initrdBytes'>;
  readonly table: Pick<PartitionTable, 'diskUuid' | 'diskBytes' | 'partitions'>;
  readonly neededBytes?: number | undefined;
  readonly cnis: readonly string[];
  readonly outputs: readonly Artifact[];
  readonly inputs: Inputs;
}

/** The manifest of a release. */
export function makeManifest(parts: ManifestParts): Manifest {
  const { definition, rootfs, boot, table, outputs, inputs } = parts;
  return {
    format: 1,
    name: definition.name,
    version: definition.version,
    arch: definition.arch,
    ...(definition.board !== 'uefi' && { board: definition.board }),
    variant: definition.variant,
    epoch: parts.epoch,
    kernel: { release: boot.kernelRelease, cmdline: boot.cmdline },
    cnis: parts.cnis,
    root: {
      hash: rootfs.rootHash,
      sizeBytes: rootfs.imageBytes,
      hashTreeBytes: rootfs.hashTreeBytes,
      initrdBytes: boot.initrdBytes,
    },
    disk: {
      uuid: table.diskUuid,
      sizeBytes: table.diskBytes,
      ...(parts.neededBytes !== undefined && { neededBytes: parts.neededBytes }),
      partitions: table.partitions.map(({ label, type, uuid, offsetBytes, sizeBytes }) => ({
        ...{ label, type, uuid, offsetBytes, sizeBytes },
      })),
    },
    outputs: outputs.toSorted((a, b) => (a.file < b.file ? -1 : 1)),
    key: inputsKey(inputs),
    inputs: sortedInputs(inputs),
  };
}

/** Digest over everything that an image is made from, known before anything is made. */
export function inputsKey(inputs: Inputs): Sha256 {
  return sha256(JSON.stringify(sortedInputs(inputs)));
}

/** The text of `manifest.json`. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/**
 * Reads the manifest of a release directory.
 * @throws KilnError `usage` when the directory is no release, `verification` when it cannot be understood
 */
export async function readManifest(directory: string): Promise<Manifest> {
  const path = join(directory, MANIFEST);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    // It is there: what is in the way is the machine's.
    if (hasCode(cause, 'EACCES', 'EPERM', 'EIO')) throw hostFault(cause);
    throw new KilnError('usage', `${directory} is no release: it has no ${MANIFEST}`, {
      hint: 'name a directory that `kiln build` made, such as out/kiln-0.1.0-x86_64',
      cause,
    });
  });
  const manifest = decodeManifest(text);
  if (manifest !== undefined) return manifest;
  throw new KilnError('verification', `${path} is no manifest that this Kiln understands`, {
    hint: 'it is damaged, or a newer Kiln wrote it: build the release again',
  });
}

/** Checks as much as its readers rely on: what file it is, its format, and the list of outputs. */
function decodeManifest(text: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const manifest = value as Partial<Manifest>;
    const isSound =
      manifest.format === 1 &&
      typeof manifest.epoch === 'number' &&
      (manifest.arch === 'x86_64' || manifest.arch === 'arm64') &&
      (manifest.cnis === undefined || Array.isArray(manifest.cnis)) &&
      Array.isArray(manifest.outputs) &&
      manifest.outputs.every(isArtifact);
    return isSound ? (manifest as Manifest) : undefined;
  } catch {
    return undefined;
  }
}

/** A file name with a slash would lead out of the release. */
function isArtifact(value: Partial<Artifact> | null): boolean {
  return (
    typeof value?.file === 'string' &&
    /^[^/]+$/.test(value.file) &&
    typeof value.sizeBytes === 'number' &&
    typeof value.sha256 === 'string'
  );
}

/** Every key in a fixed order, whatever order the caller's objects have. */
function sortedInputs(inputs: Inputs): Inputs {
  const { k0s, airgap, toolbox, kiln } = inputs;
  return {
    kiln: { version: kiln.version, sha256: kiln.sha256 },
    definition: inputs.definition.map(({ file, sha256 }) => ({ file, sha256 })),
    completed: inputs.completed,
    lock: inputs.lock,
    overlays: inputs.overlays.map(({ name, sha256 }) => ({ name, sha256 })),
    k0s: { kind: k0s.kind, version: k0s.version, sha256: k0s.sha256 },
    ...(airgap && {
      airgap: { kind: airgap.kind, version: airgap.version, sha256: airgap.sha256 },
    }),
    toolbox: {
      identity: toolbox.identity,
      tools: toolbox.tools.map(({ name, version }) => ({ name, version })),
    },
    packages: inputs.packages.map(({ name, version, architecture, sha256 }) => ({
      ...{ name, version, architecture, sha256 },
    })),
  };
}
