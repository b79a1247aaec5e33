import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { AssetOptions } from '../image/k0s/asset.ts';
import { Store } from '../image/store/store.ts';
import { KilnError } from '../report/errors.ts';
import { SILENT } from '../report/progress.ts';
import { MirrorServer } from './mirror-server.ts';
import { emptyDirectory, QUICK, withoutPorts } from './store-fixture.ts';

export const VERSION = 'v1.36.3+k0s.2';

/** The start of a little-endian 64-bit ELF program, and some bytes. */
export function program(machine: number, sizeBytes = 100): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  bytes.write('\x7fELF\x02\x01\x01', 'latin1');
  bytes.writeUInt16LE(machine, 18);
  return bytes;
}

/** The start of a tar archive, and some bytes. */
export function archive(text: string): Buffer {
  const bytes = Buffer.alloc(1024);
  bytes.write('ustar', 257, 'latin1');
  bytes.write(text, 512);
  return bytes;
}

/** Path of a release's file on the server of `releaseSetup`. */
export function onServer(asset: string): string {
  return `/k0s/${VERSION}/${asset}`;
}

/** A server with files of a release, a store, and a directory for the user's own files. */
export async function releaseSetup(t: ExecutionContext, assets: Readonly<Record<string, Buffer>>) {
  const directory = await emptyDirectory(t);
  const files = Object.entries(assets).map(([name, bytes]) => [onServer(name), bytes]);
  const server = await MirrorServer.start(Object.fromEntries(files));
  t.teardown(() => server[Symbol.asyncDispose]());
  const store = await Store.open(join(directory, 'store'));

  /** Calls what gets a file, with this server as the mirror unless the environment says otherwise. */
  const run = <T>(get: (options: AssetOptions) => Promise<T>, env: NodeJS.ProcessEnv = {}) =>
    SILENT.step('get', (progress) =>
      get({ progress, patience: QUICK, env: { KILN_K0S_MIRROR: `${server.url}/k0s/`, ...env } }),
    );
  /** The text of the error that it ends with. */
  const failureOf = async (work: Promise<unknown>): Promise<string> => {
    const error = await t.throwsAsync(work, { instanceOf: KilnError });
    const text = `${error?.code}: ${error?.message}\n${error?.hint}`;
    return withoutPorts(text).replaceAll(directory, '/directory');
  };
  const file = async (bytes: Buffer | string, name: string, mode = 0o755) => {
    await writeFile(join(directory, name), bytes);
    await chmod(join(directory, name), mode);
    return { kind: 'file', path: join(directory, name) } as const;
  };
  return { directory, server, store, run, failureOf, file };
}
