import { AsyncLocalStorage } from 'node:async_hooks';
import { createLogUpdate } from 'log-update';
import type { Meter, Progress } from './progress.ts';
import {
  endedLines,
  liveLines,
  plainBeat,
  plainEnd,
  type Screen,
  type StepState,
} from './step-lines.ts';

/** Where progress is written: stderr, or a stream that a test reads. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly columns?: number;
  readonly rows?: number;
}

export interface ProgressOptions {
  /** Whether lines can be redrawn. */
  readonly tty: boolean;
  /** Milliseconds, only going forward. */
  readonly clock?: () => number;
}

/** Progress that draws by itself; `draw` is for tests, which do not wait. */
export interface DrawnProgress extends Progress, Disposable {
  draw(): void;
}

interface Step extends StepState {
  outcome: StepState['outcome'];
  endedAt?: number;
  total?: number;
  done: number;
  note: string;
  readonly children: Step[];
  readonly parent: Step | undefined;
  /** When a log last said something about it. */
  toldAt: number;
}

const REDRAW_EVERY = 100;
/** A log hears of a step that runs for long this often. */
const BEAT_EVERY = 10_000;
const BEAT_CHECK_EVERY = 1_000;

/** Steps as bars on a terminal, as plain lines elsewhere. Dispose it to stop its timer and leave the last picture. */
export function createProgress(stream: ProgressStream, options: ProgressOptions): DrawnProgress {
  const clock = options.clock ?? (() => performance.now());
  const view = options.tty ? new TerminalView(stream, clock) : new LogView(stream, clock);
  return new StepTree(view, clock, options.tty ? REDRAW_EVERY : BEAT_CHECK_EVERY);
}

interface View {
  draw(top: readonly Step[]): void;
  ended(step: Step, top: readonly Step[]): void;
  say(line: string, top: readonly Step[]): void;
  /** Takes away what would be drawn over. */
  clear(): void;
}

class StepTree implements DrawnProgress {
  readonly #view: View;
  readonly #clock: () => number;
  readonly #every: number;
  /** The step whose work is running: a step that starts in it is a part of it. */
  readonly #current = new AsyncLocalStorage<Step>();
  /** How many have the terminal to themselves, and what waits for them. */
  #asides = 0;
  readonly #held: (() => void)[] = [];
  #top: readonly Step[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(view: View, clock: () => number, every: number) {
    this.#view = view;
    this.#clock = clock;
    this.#every = every;
  }

  async step<T>(title: string, work: (meter: Meter) => Promise<T>): Promise<T> {
    const step = this.#begin(title);
    try {
      const result = await this.#current.run(step, () => work(meterOf(step)));
      this.#end(step, 'done');
      return result;
    } catch (error) {
      this.#end(step, 'failed');
      throw error;
    }
  }

  skip(title: string, reason: string): void {
    const step = this.#begin(title);
    step.note = reason;
    this.#end(step, 'skipped');
  }

  warn(text: string): void {
    this.#write(() => this.#view.say(`warning: ${text}`, this.#top));
  }

  async aside<T>(work: () => Promise<T>): Promise<T> {
    if (this.#asides === 0) this.#view.clear();
    this.#asides += 1;
    try {
      return await work();
    } finally {
      this.#asides -= 1;
      if (this.#asides === 0) for (const write of this.#held.splice(0)) write();
    }
  }

  draw(): void {
    if (this.#asides === 0) this.#view.draw(this.#top);
  }

  /** What is to be read later is kept until then. */
  #write(write: () => void): void {
    if (this.#asides === 0) write();
    else this.#held.push(write);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #begin(title: string): Step {
    const now = this.#clock();
    const parent = this.#current.getStore();
    const step: Step = {
      title,
      startedAt: now,
      toldAt: now,
      outcome: 'running',
      done: 0,
      note: '',
      children: [],
      parent,
    };
    if (parent) parent.children.push(step);
    else this.#top = [...this.#top, step];
    // The timer does not keep a process alive that has nothing else to do.
    this.#timer ??= setInterval(() => this.draw(), this.#every).unref();
    return step;
  }

  #end(step: Step, outcome: StepState['outcome']): void {
    step.outcome = outcome;
    step.endedAt = this.#clock();
    this.#top = this.#top.filter((other) => other !== step);
    this.#write(() => this.#view.ended(step, this.#top));
    if (this.#top.length === 0) this[Symbol.dispose]();
  }
}

/** Bars below, what has ended above them. */
class TerminalView implements View {
  readonly #stream: ProgressStream;
  readonly #clock: () => number;
  readonly #live: ReturnType<typeof createLogUpdate>;

  constructor(stream: ProgressStream, clock: () => number) {
    this.#stream = stream;
    this.#clock = clock;
    this.#live = createLogUpdate(stream);
  }

  draw(top: readonly Step[]): void {
    this.#live(liveLines(top, this.#clock(), this.#screen()).join('\n'));
  }

  ended(step: Step, top: readonly Step[]): void {
    if (step.parent) this.draw(top);
    else this.say(endedLines(step, this.#screen().columns).join('\n'), top);
  }

  say(line: string, top: readonly Step[]): void {
    this.#live.clear();
    this.#stream.write(`${line}\n`);
    if (top.length > 0) this.draw(top);
    else this.#live.done();
  }

  clear(): void {
    this.#live.clear();
  }

  /** A terminal that does not know its size says 0. */
  #screen(): Screen {
    return { columns: this.#stream.columns || 80, rows: this.#stream.rows || 24 };
  }
}

/** A line when a step has ended, and now and then one about a step that takes long. */
class LogView implements View {
  readonly #stream: ProgressStream;
  readonly #clock: () => number;

  constructor(stream: ProgressStream, clock: () => number) {
    this.#stream = stream;
    this.#clock = clock;
  }

  draw(top: readonly Step[]): void {
    const now = this.#clock();
    for (const step of top.flatMap(innermost)) {
      if (now - step.toldAt < BEAT_EVERY) continue;
      step.toldAt = now;
      this.#write(plainBeat(step, pathOf(step), now));
    }
  }

  ended(step: Step): void {
    this.#write(plainEnd(step, pathOf(step)));
  }

  say(line: string): void {
    this.#write(line);
  }

  /** A log only grows. */
  clear(): void {}

  #write(line: string): void {
    this.#stream.write(`${line}\n`);
  }
}

/** The running steps that have no running step inside: the others only wait. */
function innermost(step: Step): readonly Step[] {
  const running = step.children.filter((child) => child.outcome === 'running');
  return running.length > 0 ? running.flatMap(innermost) : [step];
}

function pathOf(step: Step): readonly string[] {
  return step.parent ? [...pathOf(step.parent), step.parent.title] : [];
}

function meterOf(step: Step): Meter {
  return {
    expect: (total) => {
      step.total = total;
    },
    advance: (amount) => {
      step.done += amount;
    },
    note: (text) => {
      step.note = text;
    },
  };
}
