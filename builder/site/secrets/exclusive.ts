import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KilnError } from '../../report/errors.ts';
import { sha256 } from '../../report/sha256.ts';

const POLL_MS = 50;
const PATIENCE_MS = 60_000;

/**
 * Does work on a file that no other Kiln of this machine does at the same time. It is held by the name of an abstract
 * socket (unix(7)), which exists once and goes with its process, however that ends: nothing is left to be judged
 * stale and broken, as a lock file is. Two processes that both took a lock here would lose secrets.
 * @throws KilnError `host` when another one does not let go
 */
export async function exclusively<T>(
  path: string,
  work: () => Promise<T>,
  { patienceMs = PATIENCE_MS, signal }: { patienceMs?: number; signal?: AbortSignal } = {},
): Promise<T> {
  const name = await nameOf(path);
  for (let leftMs = patienceMs; ; leftMs -= POLL_MS) {
    signal?.throwIfAborted();
    const held = await take(name);
    if (held !== undefined) {
      try {
        return await work();
      } finally {
        held.close();
      }
    }
    if (leftMs <= 0) {
      throw new KilnError('host', `${path}: another kiln is at work with this file`, {
        hint: 'let it end, then try again',
      });
    }
    await sleep(POLL_MS);
  }
}

/** The directory by its number, since a path may lead to it by several ways. */
async function nameOf(path: string): Promise<string> {
  const { dev, ino } = await stat(dirname(path));
  return `\0kiln-${sha256(`${dev} ${ino} ${basename(path)}`)}`;
}

async function take(name: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.unref();
  const taken = once(server, 'listening').then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
      throw error;
    },
  );
  server.listen(name);
  return (await taken) ? server : undefined;
}
