/** How long a program may take to end by itself once asked. */
const GRACE_MS = 2000;

/** Groups that still run: ended for certain when our own process exits, whatever the reason. */
const living = new Set<ProcessGroup>();
let watching = false;

/**
 * A process of its own waits for the end of stdin, which comes when nobody is left who could write there,
 * and ends the group; the program is what the shell becomes.
 */
const LEASH = `exec 3<&0 </dev/null
(exec >/dev/null 2>&1; while read -r _; do :; done <&3; kill -s KILL 0) &
exec "$@" 3<&-`;

/** The command line of a program that is the leader of its group and ends when our end of its stdin is closed. Pure. */
export function leashed(argv: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', LEASH, 'sh', ...argv];
}

/** The process group of one started program: the program and everything that it started. */
export class ProcessGroup {
  readonly #leader: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(leader: number) {
    this.#leader = leader;
    living.add(this);
    if (watching) return;
    watching = true;
    process.on('exit', () => {
      for (const group of living) group.kill();
    });
  }

  /** Asks first, then makes sure. */
  end(): void {
    if (!living.has(this)) return;
    this.#signal('SIGTERM');
    this.#timer ??= setTimeout(() => this.kill(), GRACE_MS);
  }

  kill(): void {
    this.#signal('SIGKILL');
  }

  /** The program has ended and was waited for: its number may belong to another one soon. */
  forget(): void {
    living.delete(this);
    clearTimeout(this.#timer);
  }

  #signal(signal: NodeJS.Signals): void {
    if (!living.has(this)) return;
    try {
      process.kill(-this.#leader, signal);
    } catch {
      // Nobody is left in the group.
    }
  }
}
