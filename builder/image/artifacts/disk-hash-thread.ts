import { parentPort, workerData } from 'node:worker_threads';
import { hashDisk } from './disk-hash.ts';

// The thread that `hashDiskInThread` starts: gets a disk plan, answers with its digest.
parentPort?.postMessage(await hashDisk(workerData));
