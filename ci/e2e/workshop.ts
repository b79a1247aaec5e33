import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { installLocked } from './installation.ts';
import { processesNaming, type Running, startKiln } from './kiln.ts';
import { writeSmallImage } from './small-image.ts';

/** A place to build a small image in, where every leftover shows. */
export interface Workshop {
  readonly directory: string;
  readonly out: string;
  /** Where the release comes to be. */
  readonly release: string;
  readonly temporary: string;
  readonly site: string;
  readonly store: string;
  /** `env` comes on top of what a build gets here. */
  build(env?: Readonly<Record<string, string>>): Running;
  /** Takes the lock and the release away, so that the next build does everything again but what the store keeps. */
  startOver(): Promise<void>;
}

/** Makes it below a directory; `image` is the text of another image file, which must be called small, 1.0.0. */
export async function workshop(
  directory: string,
  options: { readonly store: string; readonly image?: string },
): Promise<Workshop> {
  const { store } = options;
  const tree = await installLocked(join(directory, 'kiln'), ['images/x86_64.yaml']);
  const [out, temporary, site] = [
    join(directory, 'out'),
    join(directory, 'temporary'),
    join(directory, 'site'),
  ];
  await mkdir(site);
  await mkdir(temporary);
  const image = await writeSmallImage(site);
  if (options.image !== undefined) await writeFile(image, options.image);
  const env = { KILN_STORE: store, HOME: directory, TMPDIR: temporary };
  const argv = ['build', 'small.yaml', '--k0s', 'stand-in', '--out', out];
  return {
    ...{ directory, out, temporary, site, store },
    release: join(out, 'small-1.0.0-x86_64'),
    build: (more = {}) => startKiln(argv, { tree, env: { ...env, ...more }, cwd: site }),
    startOver: async () => {
      await rm(join(site, 'small.lock.json'), { force: true });
      for (const name of await namesIn(out)) await rm(join(out, name), { recursive: true });
    },
  };
}

/** Names in a directory, sorted; none when it is not there. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  return existsSync(directory) ? (await readdir(directory)).sort() : [];
}

/** There is no process, no temporary file and no half lock. */
export async function assertTidy(
  t: ExecutionContext,
  { directory, temporary, store, site }: Workshop,
  when: string,
): Promise<void> {
  t.deepEqual(await processesNaming(directory), [], `processes ${when}`);
  t.deepEqual(await namesIn(temporary), [], `temporary files ${when}`);
  // In a store that others use too, work goes on.
  if (store.startsWith(directory)) {
    t.deepEqual(await namesIn(join(store, 'tmp')), [], `work in the store ${when}`);
  }
  const beside = (await namesIn(site)).filter((name) => name !== 'small.lock.json');
  t.deepEqual(beside, ['root', 'small.yaml'], `files beside the image ${when}`);
}
