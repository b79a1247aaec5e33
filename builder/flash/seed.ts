import { open } from 'node:fs/promises';
import { ALIGNMENT_BYTES } from '../image/artifacts/gpt.ts';
import { derivedUuid } from '../image/artifacts/guid.ts';
import { hasCode } from '../report/error-code.ts';
import { KilnError } from '../report/errors.ts';
import { sha256 } from '../report/sha256.ts';
import type { FilledPartition } from './disk/layout.ts';

/** Discoverable Partitions Specification, "generic": the box makes nothing of it, and leaves it alone. */
const LINUX_DATA = '0fc63daf-8483-4772-8e79-3d69d8477de4';
/** The labels by which a box knows its seed. */
const LABELS = ['cidata', 'config-2'];
/** A box takes seeds of up to 16 MiB; what is larger is something else. */
const LARGEST_BYTES = 64 * 1024 * 1024;
/** The volume descriptor of an ISO: sector 16 of 2048 bytes (ECMA-119, section 8.4). */
const DESCRIPTOR = { offset: 16 * 2048, sizeBytes: 2048, label: 40, labelEnd: 72 } as const;

/**
 * Reads a seed ISO as a partition.
 * @throws KilnError `usage` when the file is no ISO by whose label a box would find it
 */
export async function readSeed(path: string): Promise<FilledPartition> {
  const iso = await readIso(path);
  const label = labelOf(iso);
  if (label === undefined || !LABELS.includes(label.toLowerCase())) {
    const what = label === undefined ? 'no ISO' : `an ISO labelled "${label}"`;
    throw new KilnError('usage', `${path} is no seed: it is ${what}`, {
      hint: 'a box looks for an ISO labelled cidata (or config-2)',
    });
  }
  return seedPartition(iso);
}

/** Makes a partition of a seed ISO, padded to whole MiB: the same for the same ISO, its UUID too. Pure. */
export function seedPartition(iso: Uint8Array): FilledPartition {
  const bytes = Buffer.alloc(Math.ceil(iso.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES);
  bytes.set(iso);
  return { label: 'cidata', type: LINUX_DATA, uuid: derivedUuid(sha256(iso), 'seed'), bytes };
}

async function readIso(path: string): Promise<Buffer> {
  const cannot = (cause: unknown): never => {
    throw new KilnError('usage', `the seed ${path} cannot be read${whyUnread(cause)}`, {
      hint: 'name the ISO of one box, as `kiln site plant7.yaml` makes them: out/plant7/w1.iso',
      cause,
    });
  };
  await using file = await open(path, 'r').catch(cannot);
  const { size } = await file.stat();
  if (size > LARGEST_BYTES) {
    throw new KilnError('usage', `${path} is no seed: it has ${size} bytes`, {
      hint: 'a box takes seeds of up to 16 MiB: name the ISO of one box',
    });
  }
  return await file.readFile().catch(cannot);
}

function whyUnread(cause: unknown): string {
  if (hasCode(cause, 'ENOENT')) return ': there is no such file';
  if (hasCode(cause, 'EISDIR')) return ': it is a directory';
  if (hasCode(cause, 'EACCES')) return ': permission denied';
  return cause instanceof Error && 'code' in cause ? `: ${cause.code}` : '';
}

function labelOf(iso: Buffer): string | undefined {
  const { offset, sizeBytes, label, labelEnd } = DESCRIPTOR;
  const descriptor = iso.subarray(offset, offset + sizeBytes);
  // Type 1, "CD001": the primary volume descriptor.
  if (descriptor.length < sizeBytes || descriptor.toString('latin1', 0, 6) !== '\x01CD001') {
    return undefined;
  }
  return descriptor.toString('latin1', label, labelEnd).trimEnd();
}
