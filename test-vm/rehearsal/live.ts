import { createLogUpdate } from 'log-update';
import type { ProgressStream } from '../../builder/report/terminal.ts';
import type { NodeState } from './node-state.ts';
import type { Plan } from './plan.ts';
import { changeLine, tableLines } from './table-lines.ts';

const REDRAW_MS = 500;

/** Shows nodes while they start: a table that is drawn anew on a terminal, a line for each change elsewhere. */
export class Live implements Disposable {
  readonly #plan: Plan;
  readonly #stream: ProgressStream;
  readonly #clock: () => number;
  readonly #draw: ReturnType<typeof createLogUpdate> | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  #states: ReadonlyMap<string, NodeState> = new Map();

  /** @param clock seconds since the rehearsal began */
  constructor(plan: Plan, stream: ProgressStream, isTty: boolean, clock: () => number) {
    this.#plan = plan;
    this.#stream = stream;
    this.#clock = clock;
    if (!isTty) return;
    this.#draw = createLogUpdate(stream);
    this.#timer = setInterval(() => this.#redraw(), REDRAW_MS);
  }

  /** Tells what is known of a node now. */
  changed(before: NodeState, states: ReadonlyMap<string, NodeState>): void {
    this.#states = states;
    const after = states.get(before.name);
    if (this.#draw !== undefined || after === undefined) return;
    const line = changeLine(before, after, this.#clock());
    if (line !== undefined) this.#stream.write(`${line}\n`);
  }

  #redraw(): void {
    const screen = { columns: this.#stream.columns || 80, rows: this.#stream.rows || 24 };
    this.#draw?.(tableLines(this.#plan, this.#states, this.#clock(), screen).join('\n'));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#draw === undefined) return;
    this.#redraw();
    this.#draw.done();
  }
}
