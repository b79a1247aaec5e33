import { basename } from 'node:path';
import { KilnError } from '../report/errors.ts';

const OUTPUT_LINES = 20;

/** What is known of an external program that failed. */
export interface ToolFailure {
  readonly argv: readonly string[];
  /** The same as one line for a shell. */
  readonly command: string;
  readonly exitCode: number;
  /** Set when a signal ended it. */
  readonly signal?: string;
  /** What it wrote to stderr, or to stdout when that is empty; the end of it. */
  readonly output: string;
}

/** An external program failed: says which, how, its last words, and how to run it again by hand. */
export class ToolError extends KilnError {
  readonly failure: ToolFailure;

  constructor(failure: ToolFailure) {
    super('tool', describe(failure), { hint: `To run it by hand: ${failure.command}` });
    this.name = 'ToolError';
    this.failure = failure;
  }
}

/** The program's own name, also when it was started through a dynamic loader with `--argv0`. */
export function toolName(argv: readonly string[]): string {
  const given = argv.indexOf('--argv0');
  return given === -1 ? basename(argv[0] ?? '') : (argv[given + 1] ?? '');
}

function describe(failure: ToolFailure): string {
  const how =
    failure.signal === undefined
      ? `failed with exit code ${failure.exitCode}`
      : `was ended by ${failure.signal}`;
  const lines = failure.output.trimEnd().split('\n').slice(-OUTPUT_LINES);
  const said =
    lines.join('\n').trim() === ''
      ? [' (it wrote nothing)']
      : [':', ...lines.map((line) => `\n  ${line}`)];
  return `${toolName(failure.argv)} ${how}${said.join('')}`;
}
