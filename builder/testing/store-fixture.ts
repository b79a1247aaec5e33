import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type FetchOptions, fetchAll } from '../image/store/fetch.ts';
import { Store, type Wanted } from '../image/store/store.ts';
import { temporaryName } from '../image/store/temporary.ts';
import { SILENT } from '../report/progress.ts';
import { type Sha256, sha256 } from '../report/sha256.ts';
import { MirrorServer } from './mirror-server.ts';

/** The file that the servers of `setup` have. */
export const PATH = '/debian/pool/main/a/a_1.deb';
export const BODY = Buffer.alloc(600_000, 'package bytes 0123456789 ');
export const DIGEST = sha256(BODY);

/** Where the file ends up in a store, and where a part of it is kept. */
export const STORED = `sha256/${DIGEST.slice(0, 2)}/${DIGEST}`;
export const KEPT = `partial/${DIGEST}`;

/** Little patience with servers that fail, but enough with a busy machine. */
export const QUICK = { rounds: 2, pauseMs: 5, stallMs: 20_000 };

/** For servers that fall silent. */
export const IMPATIENT = { ...QUICK, stallMs: 1000 };

/** A directory of the test's own. */
export async function emptyDirectory(t: ExecutionContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'kiln-test-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  return root;
}

/** A store of one's own, and servers that have one file. */
export async function setup(t: ExecutionContext, mirrors = 1) {
  const root = await emptyDirectory(t);
  const servers = await Promise.all(
    Array.from({ length: mirrors }, () => MirrorServer.start({ [PATH]: BODY })),
  );
  t.teardown(async () => {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  });
  const store = await Store.open(root);
  const wanted: Wanted = {
    sha256: DIGEST,
    sizeBytes: BODY.length,
    name: 'a 1',
    urls: servers.map((server) => server.url + PATH),
  };
  return { root, store, servers, server: firstOf(servers), wanted };
}

/** Fetches without much patience and without a proxy. */
export function fetchQuickly(
  wanted: readonly Wanted[],
  store: Store,
  options?: Partial<FetchOptions>,
) {
  return SILENT.step('fetch', (progress) =>
    fetchAll(wanted, store, { progress, patience: QUICK, env: {}, ...options }),
  );
}

/** All files of a store but its own notes, sorted; checks that each verified file is what its name says. */
export async function contentsOf(t: ExecutionContext, root: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path);
    if (entry.isDirectory() || name.startsWith('open/') || name.startsWith('stamps/')) continue;
    if (name.startsWith('sha256/')) t.is(sha256(await readFile(path)), entry.name);
    names.push(name);
  }
  return names.sort();
}

/** Puts bytes into a store, as a download does. */
export async function putBytes(store: Store, bytes: Buffer | string): Promise<Sha256> {
  const path = temporaryName(store.layout);
  await writeFile(path, bytes);
  await store.adopt(path, sha256(bytes));
  return sha256(bytes);
}

/** Sets both times of a file so many days back. */
export async function age(path: string, days: number): Promise<void> {
  const time = Date.now() / 1000 - days * 86_400;
  await utimes(path, time, time);
}

/** Error texts without the port, which differs each time. */
export function withoutPorts(text: string): string {
  return text.replaceAll(/127\.0\.0\.1:\d+/g, 'mirror.example.test');
}

function firstOf<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined) throw new Error('the list is empty');
  return first;
}
