import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Session } from './commands/options.ts';
import { PROJECT_DIRECTORY } from './image/definition/project.ts';

type Register = (program: Command, session: Session) => void;

/** Each command with the module that has it: only the one that is called is loaded. */
const COMMANDS: Readonly<Record<string, () => Promise<Register>>> = {
  build: async () => (await import('./commands/build.ts')).addBuild,
  check: async () => (await import('./commands/check.ts')).addCheck,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor,
  flash: async () => (await import('./commands/flash/flash.ts')).addFlash,
  imager: async () => (await import('./commands/imager.ts')).addImager,
  lock: async () => (await import('./commands/lock.ts')).addLock,
  modules: async () => {
    const { addModules } = await import('./commands/modules.ts');
    const { kernelOpener } = await import('./commands/open-kernel.ts');
    return (program, session) => addModules(program, kernelOpener(session));
  },
  pxe: async () => (await import('./commands/pxe.ts')).addPxe,
  rehearse: async () => (await import('./commands/rehearse.ts')).addRehearse,
  show: async () => (await import('./commands/show.ts')).addShow,
  site: async () => (await import('./commands/site/site.ts')).addSite,
  store: async () => (await import('./commands/store.ts')).addStore,
  verify: async () => (await import('./commands/verify.ts')).addVerify,
  vm: async () => (await import('./commands/vm.ts')).addVm,
  why: async () => (await import('./commands/why.ts')).addWhy,
};

const HELP = `
Examples:
  $ kiln build images/x86_64.yaml --k0s ./k0s
  $ kiln vm out/kiln-0.1.0-x86_64
  $ kiln site plant7.yaml
  $ kiln help build

Exit codes: 0 done, 1 a bug in Kiln, 2 the command line, an image or site file is wrong, 3 the lock, 4 a download or
a check of bytes failed, 5 a tool failed, 6 the host or a virtual machine, 7 the cluster of a rehearsal did not form,
130 interrupted.`;

/** The command line: with the command that `argv` begins with, or else with all of them. */
export async function createProgram(session: Session, argv: readonly string[]): Promise<Command> {
  const program = new Command('kiln')
    .description('Builds immutable Kubernetes appliance images with k0s.')
    .version(versionOfKiln())
    .addHelpText('after', HELP)
    // Options of a command's part are that part's, also where the command has one of the same name.
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for usage and examples)')
    .exitOverride()
    .configureHelp({ sortSubcommands: true });
  const called = COMMANDS[argv[0] ?? ''];
  for (const load of called === undefined ? Object.values(COMMANDS) : [called]) {
    (await load())(program, session);
  }
  return program;
}

function versionOfKiln(): string {
  const text = readFileSync(join(PROJECT_DIRECTORY, 'package.json'), 'utf8');
  const { version }: { readonly version: string } = JSON.parse(text);
  return version;
}
