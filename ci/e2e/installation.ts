import { chmod, cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { Layout } from '../../builder/image/store/layout.ts';
import { defaultStoreRoot } from '../../builder/image/store/store.ts';
import { removeTree } from '../../builder/image/store/temporary.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { kiln } from './kiln.ts';

/** What an installed Kiln has, beside the packages that it runs with. */
const PARTS = [
  'package.json',
  'images',
  'overlays',
  'firmware',
  'test-vm/k0s-standin',
  'dist/builder',
  'dist/test-vm',
];

/** The user's store: tests take what is in there, and put what they fetch there once. */
export const SHARED_STORE = defaultStoreRoot(process.env);

/** A directory of the test's own, which every user may enter. */
export async function openDirectory(t: ExecutionContext): Promise<string> {
  const { path } = await Scratch.create('e2e');
  t.teardown(() => removeTree(path));
  await chmod(path, 0o755);
  return path;
}

/** Copies Kiln into a directory that does not exist: an installation that a test may do anything to. */
export async function install(directory: string, from = PROJECT_DIRECTORY): Promise<string> {
  for (const part of [...PARTS, ...(await runtimePackages(from))]) {
    const target = join(directory, part);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(from, part), target, { recursive: true, verbatimSymlinks: true });
  }
  return directory;
}

/**
 * An installation whose images are locked, and all that they need is in the shared store: as a checkout in
 * which somebody has just built.
 */
export async function installLocked(directory: string, images: readonly string[]): Promise<string> {
  const tree = await install(directory);
  const succeed = async (...argv: readonly string[]): Promise<void> => {
    const { code, stderr } = await kiln(argv, { tree, env: { KILN_STORE: SHARED_STORE } });
    if (code !== 0) throw new Error(`kiln ${argv.join(' ')} failed:\n${stderr}`);
  };
  for (const image of images) {
    await succeed('lock', '--check', image).catch(() => succeed('lock', image));
    // Packages came with the lock; the first command that needs tools locks and fetches them.
    await succeed('modules', image);
  }
  return tree;
}

/** A store that has the shared store's downloads, and nothing of what was computed from them. */
export async function coldStore(directory: string): Promise<string> {
  const { files } = new Layout(SHARED_STORE);
  await cp(files, new Layout(directory).files, { recursive: true });
  return directory;
}

/** Directories of the packages that Kiln needs when it runs: those that npm's lock does not call `dev`. */
async function runtimePackages(project: string): Promise<readonly string[]> {
  const lock = 'node_modules/.package-lock.json';
  const { packages }: PackageLock = JSON.parse(await readFile(join(project, lock), 'utf8'));
  const needed = Object.entries(packages).filter(([, { dev }]) => dev !== true);
  return [lock, ...needed.map(([path]) => path)];
}

/** What is needed of npm's lock file. */
interface PackageLock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}
