import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Candidate } from './devices/candidate-table.ts';
import { readDevices } from './devices/read-devices.ts';
import { refusalsOf, type Wanted } from './devices/refusals.ts';
import type { SystemRoot } from './devices/sysfs.ts';
import { titleInNote } from './disk/note.ts';

/** Every disk of this machine, and what speaks against writing it. Nothing is changed. */
export async function findCandidates(
  root: SystemRoot,
  wanted: Wanted,
): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  for (const device of readDevices(root)) {
    const interrupted = await titleOnDisk(join(root, device.path));
    candidates.push({ device, interrupted, refusals: refusalsOf(device, wanted) });
  }
  return candidates;
}

/** The image whose flashing was interrupted there, if this user may read the disk. */
async function titleOnDisk(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, 'r');
    const sector = Buffer.alloc(512);
    await file.read(sector, 0, sector.length, 0);
    return titleInNote(sector);
  } catch {
    return undefined;
  }
}
