import { lstatSync, rmSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SELF, stateOf } from '../../report/owner.ts';
import type { Layout } from './layout.ts';
import { isHeld } from './locks.ts';
import { lastUse } from './stamp.ts';

const POLL_MS = 50;

const registered = new Set<string>();

/**
 * Says that this process uses the store from now on, then waits for a running garbage collection.
 * In this order: either the collection sees this process, or this process sees the collection.
 */
export async function register(layout: Layout): Promise<void> {
  const path = join(layout.openBy, SELF);
  if (!registered.has(path)) {
    await writeFile(path, '');
    if (registered.size === 0) process.once('exit', unregisterAll);
    registered.add(path);
  }
  await endOfGc(layout);
}

/** Waits for a running garbage collection. Asked at each use of an entry, so the usual no is cheap. */
export async function endOfGc(layout: Layout): Promise<void> {
  if (lstatSync(layout.gcLock, { throwIfNoEntry: false }) === undefined) return;
  while (await isHeld(layout.gcLock)) await delay(POLL_MS);
}

/** When the longest running other command opened the store, in milliseconds since 1970. */
export async function oldestUser(layout: Layout): Promise<number | undefined> {
  const others = (await readdir(layout.openBy)).filter(
    (name) => name !== SELF && stateOf(name) !== 'dead',
  );
  const since = others.map((name) => lastUse(join(layout.openBy, name))).filter((time) => time > 0);
  return since.length === 0 ? undefined : Math.min(...since);
}

function unregisterAll(): void {
  for (const path of registered) rmSync(path, { force: true });
}
