/** How long a program may take to end by itself once asked. */
const GRACE_MS = 2000;

/** Groups that still run: ended for certain when our own process exits, whatever the reason. */
const living = new Set<ProcessGroup>();
let watching = false;

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
