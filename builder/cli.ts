#!/usr/bin/env node
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import { describeError, exitCodeOf, KilnError } from './report/errors.ts';
import { hostFault } from './report/host-fault.ts';
import { createProgress } from './report/terminal.ts';

/**
 * The first Ctrl-C ends the work in order; the second one ends Kiln at once. So does a terminal that is closed,
 * and a reader of the output that leaves, as `head` does: there is nobody left to work for.
 */
function interruptible(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => controller.abort(new KilnError('interrupted', 'interrupted'));
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    stop();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt).on('SIGHUP', interrupt);
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', (error) => {
      if ('code' in error && error.code === 'EPIPE') return stop();
      const fault = hostFault(error, 'output');
      if (output !== process.stderr) process.stderr.write(describeError(fault));
      process.exit(exitCodeOf(fault));
    });
  }
  return controller.signal;
}

async function main(argv: readonly string[]): Promise<number> {
  const signal = interruptible();
  using progress = createProgress(process.stderr, { tty: process.stderr.isTTY });
  try {
    const session = { progress, signal, env: process.env, now: new Date() };
    const program = await createProgram(session, argv);
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    progress[Symbol.dispose]();
    // Commander has said it already, be it help or what is wrong with the command line.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const cause: unknown = signal.aborted ? signal.reason : hostFault(error);
    process.stderr.write(describeError(cause));
    return exitCodeOf(cause);
  }
}

process.exitCode = await main(process.argv.slice(2));
