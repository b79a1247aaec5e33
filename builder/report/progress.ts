/** Tells how far one step is. */
export interface Meter {
  /** How much there is to do, in any unit; shown as a bar. */
  expect(total: number): void;
  /** That much more is done. */
  advance(amount: number): void;
  /** A short word on what is being done now. */
  note(text: string): void;
}

/** Progress of a command, on stderr: bars on a terminal, plain lines elsewhere. */
export interface Progress {
  /** Runs one named step and tells how long it took. Steps may nest and run side by side. */
  step<T>(title: string, work: (meter: Meter) => Promise<T>): Promise<T>;
  /** A step that was not needed, with the reason. */
  skip(title: string, reason: string): void;
  /** Something the user should know that does not stop the work. */
  warn(text: string): void;
  /** Does work that needs the terminal to itself, as asking the user does: nothing is written there meanwhile. */
  aside<T>(work: () => Promise<T>): Promise<T>;
}

const SILENT_METER: Meter = { expect: () => {}, advance: () => {}, note: () => {} };

/** Shows nothing: for tests and `--quiet`. */
export const SILENT: Progress = {
  step: (_title, work) => work(SILENT_METER),
  skip: () => {},
  warn: () => {},
  aside: (work) => work(),
};
