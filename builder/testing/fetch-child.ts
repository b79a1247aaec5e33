import { type ChildProcess, spawn } from 'node:child_process';
import { fetchAll } from '../image/store/fetch.ts';
import { Store, type Wanted } from '../image/store/store.ts';
import { SILENT } from '../report/progress.ts';

/** Another process that fetches one file into a store. */
export interface FetchChild {
  readonly process: ChildProcess;
  /** Exit code, or undefined when it was killed. */
  readonly exited: Promise<number | undefined>;
  /** Most memory that it held at any time, in bytes; once it has exited. */
  peakBytes(): number;
}

/** Starts this file as a program of its own. */
export function startFetch(
  root: string,
  wanted: Wanted,
  env: Readonly<Record<string, string>> = {},
): FetchChild {
  const program = import.meta.filename;
  const child = spawn(process.execPath, [program, root, JSON.stringify(wanted)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (text) => {
    output += String(text);
  });
  const exited = new Promise<number | undefined>((resolve) => {
    child.once('close', (code) => resolve(code ?? undefined));
  });
  return { process: child, exited, peakBytes: () => Number(output) };
}

async function main(root: string, wanted: Wanted): Promise<void> {
  const store = await Store.open(root);
  await SILENT.step('fetch', (progress) => fetchAll([wanted], store, { progress }));
  process.stdout.write(`${process.resourceUsage().maxRSS * 1024}\n`);
}

if (process.argv[1] === import.meta.filename) {
  await main(process.argv[2] ?? '', JSON.parse(process.argv[3] ?? ''));
}
