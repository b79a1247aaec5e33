import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Sha256 } from '../../report/sha256.ts';
import { type DiskPlan, readPlan } from './disk-plan.ts';

/** SHA-256 of the whole disk image, holes included, without reading the holes. */
export async function hashDisk(plan: DiskPlan): Promise<Sha256> {
  const hash = createHash('sha256');
  for await (const { bytes } of readPlan(plan)) hash.update(bytes);
  return hash.digest('hex');
}

/** A digest that is being computed in another thread. */
export interface HashInThread extends AsyncDisposable {
  readonly digest: Promise<Sha256>;
}

/** `hashDisk` beside other work: a gigabyte keeps a core busy for most of a second. */
export function hashDiskInThread(plan: DiskPlan): HashInThread {
  const program = `disk-hash-thread${extname(import.meta.filename)}`;
  const worker = new Worker(new URL(program, import.meta.url), { workerData: plan });
  const digest = new Promise<Sha256>((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
  // Whoever waits for it sees the error; when something else failed first, nobody waits.
  digest.catch(() => undefined);
  return {
    digest,
    [Symbol.asyncDispose]: async () => {
      await worker.terminate();
    },
  };
}
