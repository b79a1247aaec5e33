/** One step as it is now. Times are milliseconds of any clock that only goes forward. */
export interface StepState {
  readonly title: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly outcome: 'running' | 'done' | 'failed' | 'skipped';
  /** How much there is to do and is done, in any unit. */
  readonly total?: number;
  readonly done: number;
  readonly note: string;
  readonly children: readonly StepState[];
}

export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

const BAR_COLUMNS = 20;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
/** Milliseconds that one picture of the spinner stays. */
const FRAME = 100;

const MARKS: Readonly<Record<Exclude<StepState['outcome'], 'running'>, string>> = {
  done: '✓',
  failed: '✗',
  skipped: '-',
};

/** What a terminal shows of steps that run: each with its bar and the steps inside it; no more lines than fit. */
export function liveLines(
  steps: readonly StepState[],
  now: number,
  screen: Screen,
): readonly string[] {
  const lines = steps.flatMap((step) => treeLines(step, now, ''));
  return lines.slice(-Math.max(1, screen.rows - 1)).map((line) => cut(line, screen.columns - 1));
}

/** What stays on a terminal of a step that ended. */
export function endedLines(step: StepState, columns: number): readonly string[] {
  return treeLines(step, step.endedAt ?? step.startedAt, '').map((line) => cut(line, columns - 1));
}

/** One line of a log when a step ended; `path` has the titles of the steps around it. */
export function plainEnd(step: StepState, path: readonly string[]): string {
  const title = [...path, step.title].join(': ');
  switch (step.outcome) {
    case 'skipped':
      return `${title}: skipped, ${step.note}`;
    case 'failed':
      return `${title}: failed after ${seconds(step, step.endedAt ?? 0)}`;
    case 'done':
    case 'running':
      return `${title}: ${seconds(step, step.endedAt ?? 0)}`;
  }
}

/** One line of a log for a step that has been running for long. */
export function plainBeat(step: StepState, path: readonly string[], now: number): string {
  const parts = [percentage(step), step.note, `${seconds(step, now)} so far`].filter(
    (part) => part !== '',
  );
  return `${[...path, step.title].join(': ')}: ${parts.join(', ')}`;
}

function treeLines(step: StepState, now: number, indent: string): readonly string[] {
  const inner = step.children.flatMap((child) => treeLines(child, now, `${indent}  `));
  return [`${indent}${stepLine(step, now)}`, ...inner];
}

function stepLine(step: StepState, now: number): string {
  switch (step.outcome) {
    case 'running': {
      const frame = SPINNER[Math.floor((now - step.startedAt) / FRAME) % SPINNER.length] ?? '';
      const parts = [step.title, bar(step), percentage(step), seconds(step, now), step.note];
      return [frame, ...parts.filter((part) => part !== '')].join(' ');
    }
    case 'skipped':
      return `${MARKS.skipped} ${step.title} (${step.note})`;
    case 'done':
    case 'failed':
      return `${MARKS[step.outcome]} ${step.title} ${seconds(step, step.endedAt ?? now)}`;
  }
}

function bar(step: StepState): string {
  if (step.total === undefined) return '';
  const full = Math.round(fraction(step) * BAR_COLUMNS);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_COLUMNS - full)}`;
}

function percentage(step: StepState): string {
  return step.total === undefined ? '' : `${Math.floor(fraction(step) * 100)} %`;
}

function fraction({ total, done }: StepState): number {
  if (total === undefined || total <= 0) return 1;
  return Math.min(1, Math.max(0, done / total));
}

/** `0.4 s`, `12 s`, `3 min 05 s`. */
function seconds(step: StepState, now: number): string {
  const elapsed = Math.max(0, now - step.startedAt) / 1000;
  if (elapsed < 9.95) return `${elapsed.toFixed(1)} s`;
  const whole = Math.round(elapsed);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

function cut(line: string, columns: number): string {
  const characters = Array.from(line);
  return characters.length <= columns ? line : `${characters.slice(0, columns - 1).join('')}…`;
}
