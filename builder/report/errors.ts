/** Why a command failed; the command line turns each into its exit code. */
export type ErrorCode =
  | 'usage'
  | 'definition'
  | 'lock'
  | 'stale-lock'
  | 'verification'
  | 'download'
  | 'tool'
  | 'host'
  | 'rehearsal'
  | 'interrupted';

const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  usage: 2,
  definition: 2,
  lock: 3,
  'stale-lock': 3,
  verification: 4,
  download: 4,
  tool: 5,
  host: 6,
  rehearsal: 7,
  interrupted: 130,
};

/**
 * An expected failure: one sentence that says what and where, and a hint that says what to do next.
 * It is printed without a stack; anything else that is thrown is a bug and printed with one.
 */
export class KilnError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'KilnError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** The process exit code for anything that was thrown; 1 means a bug in Kiln. */
export function exitCodeOf(error: unknown): number {
  return error instanceof KilnError ? EXIT_CODES[error.code] : 1;
}

/** What the user reads: an expected failure without a stack, a bug with one. Ends with a newline. */
export function describeError(error: unknown): string {
  if (!(error instanceof KilnError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `kiln: this is a bug in Kiln, please report it:\n${text}\n`;
  }
  // Diagnostics begin with their own heading.
  const hint = error.hint === undefined ? '' : `hint: ${error.hint}\n`;
  return `error: ${error.message}\n${hint}`;
}
