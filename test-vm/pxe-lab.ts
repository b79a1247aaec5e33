import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT_DIRECTORY } from '../builder/image/definition/project.ts';
import { defaultStoreRoot } from '../builder/image/store/store.ts';
import type { Toolbox } from '../builder/tools/toolbox.ts';
import type { LabMachine } from './network-lab.ts';

/** Where `kiln pxe` runs, and the DHCP server that was there before. */
export const LAPTOP = '10.9.0.2';
export const ROUTER = '10.9.0.1';

const CLI = join(PROJECT_DIRECTORY, 'dist', 'builder', 'cli.js');
const READY_MS = 60_000;

/** Something that runs in the lab until it is stopped. */
export interface LabProgram extends AsyncDisposable {
  /** Everything that it has said so far. */
  said(): string;
  readonly exited: Promise<number>;
}

/** Starts the network's own DHCP server: 10.9.0.50 to 99. It knows of boots what `more` lines say. */
export async function startRouter(
  router: LabMachine,
  { toolbox, directory }: { readonly toolbox: Toolbox; readonly directory: string },
  more: readonly string[] = [],
): Promise<LabProgram> {
  const lines = [
    ...['port=0', 'interface=eth0', 'bind-interfaces', 'user=root', 'pid-file='],
    ...['dhcp-range=10.9.0.50,10.9.0.99,1h', 'no-ping'],
    `dhcp-leasefile=${join(directory, 'router.leases')}`,
    ...more,
  ];
  return await startDnsmasq(router, { toolbox, config: join(directory, 'router.conf') }, lines);
}

/** Starts dnsmasq with a configuration, which is written first. */
export async function startDnsmasq(
  machine: LabMachine,
  { toolbox, config }: { readonly toolbox: Toolbox; readonly config: string },
  lines: readonly string[],
): Promise<LabProgram> {
  await writeFile(config, `${lines.join('\n')}\n`);
  const argv = ['--keep-in-foreground', '--log-facility=-', `--conf-file=${config}`];
  return startInLab(machine, [...toolbox.command('dnsmasq'), ...argv]);
}

/** Starts `kiln pxe` as a user calls it, and waits until it serves or has ended. */
export async function startPxe(laptop: LabMachine, argv: readonly string[]): Promise<LabProgram> {
  const program = startInLab(laptop, [process.execPath, CLI, 'pxe', ...argv]);
  let hasEnded = false;
  void program.exited.then(() => {
    hasEnded = true;
  });
  for (let waited = 0; waited < READY_MS && !hasEnded; waited += 50) {
    if (program.said().includes('Ctrl-C ends it')) break;
    await sleep(50);
  }
  return program;
}

/** Runs `kiln` in the lab, to its end. */
export async function runKiln(laptop: LabMachine, argv: readonly string[]): Promise<string> {
  return await laptop.run([process.execPath, CLI, ...argv]);
}

/** Starts a program in the lab whose words are kept. */
export function startInLab(machine: LabMachine, argv: readonly string[]): LabProgram {
  const running = machine.start(argv, { KILN_STORE: defaultStoreRoot(process.env) });
  let said = '';
  for (const stream of [running.stdout, running.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  return {
    said: () => said,
    exited: running.exited,
    [Symbol.asyncDispose]: () => running.stop(),
  };
}
