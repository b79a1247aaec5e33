import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { sha256 } from '../../builder/report/sha256.ts';
import type { DebContents } from '../../builder/testing/deb-builder.ts';
import { SMALLEST_IMAGE } from '../../builder/testing/image-files.ts';
import { MirrorServer } from '../../builder/testing/mirror-server.ts';
import {
  ARCHIVE_DAY,
  buildSuite,
  makeKey,
  type SigningKey,
  writeKeys,
} from '../../builder/testing/signed-archive.ts';
import { clockAhead } from './clock.ts';
import { install, openDirectory } from './installation.ts';
import { kiln, type Outcome } from './kiln.ts';

const HOUR_MS = 60 * 60 * 1000;

/** A line about a step that has ended or goes on; on a busy machine there are more of them. */
const STEP = /^\S.*[:,] (failed after )?(\d+ min )?\d+(\.\d+)? s( so far)?$/;

/** What a command said, without how it went on. */
export function withoutSteps(said: string): string {
  return said
    .split('\n')
    .filter((line) => !STEP.test(line))
    .join('\n');
}

/** What a small archive has beside what the smallest image asks for. */
export const PACKAGES: readonly DebContents[] = [
  deb('bash', 'libc6'),
  deb('libc6'),
  deb('linux-image-amd64'),
];

/** An installation that trusts only a key of the tests' own. */
export interface TestedInstallation {
  readonly tree: string;
  readonly key: SigningKey;
}

/** Mirrors of an archive, an image file and a store. */
export interface SmallArchive {
  readonly mirrors: readonly MirrorServer[];
  /** The image file, and its lock file. */
  readonly image: string;
  readonly lockFile: string;
  readonly store: string;
  /** Puts a good archive on all mirrors; `fields` replace some of its Release. */
  publish(fields?: Readonly<Record<string, string | undefined>>): Promise<void>;
  /** Runs a command with the mirrors in their order, an hour after the archive was made. */
  run(...argv: readonly string[]): Promise<Outcome>;
  /** What a run said on stderr but how it went on, without what differs each time. */
  said(outcome: Outcome): string;
}

/** Installs Kiln below a directory, with other keys than Debian's, and no list of Debian's maintainer scripts. */
export async function testedInstallation(directory: string): Promise<TestedInstallation> {
  const tree = await install(join(directory, 'kiln'));
  const key = await makeKey('Archive');
  await rm(join(tree, 'images/keys'), { recursive: true });
  await writeKeys(join(tree, 'images'), [key]);
  await writeFile(join(tree, 'images/maintscripts.yaml'), '[]\n');
  return { tree, key };
}

/** Makes so many mirrors, which have nothing yet. */
export async function smallArchive(
  t: ExecutionContext,
  { tree, key }: TestedInstallation,
  count = 1,
): Promise<SmallArchive> {
  const directory = await openDirectory(t);
  const site = join(directory, 'site');
  await mkdir(site);
  await writeFile(join(site, 'x.yaml'), SMALLEST_IMAGE);
  const mirrors = await Promise.all(Array.from({ length: count }, () => MirrorServer.start()));
  t.teardown(async () => {
    await Promise.all(mirrors.map((mirror) => mirror[Symbol.asyncDispose]()));
  });
  const store = join(directory, 'store');
  return {
    ...{ mirrors, store, image: join(site, 'x.yaml'), lockFile: join(site, 'x.lock.json') },
    async publish(fields = {}) {
      const suite = { suite: 'trixie', packages: PACKAGES, fields };
      const files = await buildSuite('debian', suite, [key]);
      for (const [path, bytes] of Object.entries(files)) {
        for (const mirror of mirrors) mirror.put(path, bytes);
      }
    },
    run: (...argv) => {
      const env = {
        KILN_STORE: store,
        KILN_MIRROR: mirrors.map(({ url }) => `${url}/debian`).join(' '),
        NODE_OPTIONS: clockAhead(ARCHIVE_DAY.getTime() + HOUR_MS - Date.now()),
        HOME: directory,
      };
      return inTurn(() => kiln(argv, { tree, env, cwd: site }));
    },
    said: ({ stderr }) =>
      withoutSteps(
        mirrors
          .reduce((text, { url }, i) => text.replaceAll(url, `http://mirror-${i + 1}`), stderr)
          .replaceAll(directory, '')
          .replaceAll(/\b[0-9A-F]{16}\b/g, 'KEY')
          .replaceAll(/now is 2026-06-01T13:\d\d:\d\d\.\d{3}Z/g, 'now is an hour later'),
      ),
  };
}

/** Many tests wait for silent mirrors at the same time, and few processes work. */
const PLACES = 4;
let taken = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  while (taken >= PLACES) await new Promise<void>((resolve) => waiting.push(resolve));
  taken += 1;
  try {
    return await work();
  } finally {
    taken -= 1;
    waiting.shift()?.();
  }
}

/** The digest that each file of a store has, beside the one by which it is called. */
export async function filesIn(store: string): Promise<readonly (readonly [string, string])[]> {
  const files = join(store, 'sha256');
  const names = await readdir(files, { recursive: true, withFileTypes: true });
  const found = names.filter((entry) => entry.isFile());
  return Promise.all(
    found.map(async ({ parentPath, name }) => {
      return [name, sha256(await readFile(join(parentPath, name)))] as const;
    }),
  );
}

function deb(Package: string, Depends = ''): DebContents {
  const control = { Package, Version: '1', Architecture: 'amd64', Depends };
  // Uncompressed, so that it stays large.
  return {
    control,
    compression: 'none',
    data: [{ name: `./usr/share/${Package}`, body: Package.repeat(2000) }],
  };
}
