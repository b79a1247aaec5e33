import { join } from 'node:path';
import type { Command } from 'commander';
import { PROJECT_DIRECTORY } from '../image/definition/project.ts';
import { findMirrors, type Mirrors } from '../image/store/mirrors.ts';
import { defaultStoreRoot, Store } from '../image/store/store.ts';
import type { Progress } from '../report/progress.ts';

/** What a command gets from the process that runs it; nothing else reads the clock or the environment. */
export interface Session {
  readonly progress: Progress;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  readonly now: Date;
}

/** What `withMirror` and `withOut` parse. */
export interface WorkspaceOptions {
  readonly mirror?: readonly string[];
  readonly out?: string;
}

/** Where a command finds and keeps things. */
export interface Workspace {
  readonly storeRoot: string;
  openStore(session: Pick<Session, 'progress'>): Promise<Store>;
  /** Addresses of archives; `definition` are those that the image file names. */
  mirrors(definition: readonly string[]): Promise<Mirrors>;
  /** Where releases go. */
  readonly out: string;
  /** Armored keys that may sign package indexes. */
  readonly keysDirectory: string;
  /** The reviewed maintainer scripts. */
  readonly reviewedScripts: string;
  /** The list of tools that Kiln brings. */
  readonly toolsFile: string;
}

/** Adds `--mirror`: for every command that may fetch packages. */
export function withMirror(command: Command): Command {
  return command.option(
    '--mirror <url>',
    'fetch from this Debian archive; repeat it for fallbacks',
    (url: string, before: readonly string[] = []) => [...before, url],
  );
}

/** Adds `--out`: for every command that writes a release. */
export function withOut(command: Command): Command {
  return command.option('--out <directory>', 'where releases go', 'out');
}

/** What a command does outside of its work, so that a test can look at it. */
export interface Outside {
  workspaceOf(options: WorkspaceOptions, env: NodeJS.ProcessEnv): Workspace;
  /** Writes a result to stdout. */
  print(text: string): void;
}

/** The places that a command's options and environment name. */
export function workspaceOf(options: WorkspaceOptions, env: NodeJS.ProcessEnv): Workspace {
  const storeRoot = defaultStoreRoot(env);
  const images = join(PROJECT_DIRECTORY, 'images');
  const flag = options.mirror?.join(' ');
  return {
    storeRoot,
    openStore: ({ progress }) => Store.open(storeRoot, { warn: (text) => progress.warn(text) }),
    mirrors: (definition) => findMirrors({ ...(flag !== undefined && { flag }), env, definition }),
    out: options.out ?? 'out',
    keysDirectory: join(images, 'keys'),
    reviewedScripts: join(images, 'maintscripts.yaml'),
    toolsFile: join(images, 'tools.yaml'),
  };
}

/** The real outside. */
export const OUTSIDE: Outside = {
  workspaceOf,
  print: (text) => {
    process.stdout.write(`${text}\n`);
  },
};
