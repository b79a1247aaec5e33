/** What one run of a program took. */
export interface Sample {
  readonly seconds: number;
  /** Of all processors together. */
  readonly cpuSeconds: number;
  /** The program's own largest resident memory. */
  readonly memoryMiB: number;
  /** The largest program that it started. */
  readonly tool: { readonly name: string; readonly memoryMiB: number };
}

/** The smallest, the middle and the largest of some numbers; of two middle ones the smaller. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function spreadOf(numbers: readonly number[]): Spread {
  const sorted = numbers.toSorted((one, other) => one - other);
  const [min, max] = [sorted.at(0), sorted.at(-1)];
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  if (min === undefined || median === undefined || max === undefined) {
    throw new Error('no numbers, no spread');
  }
  return { min, median, max };
}

const HEADINGS = ['', 'runs', 'min s', 'median s', 'max s', 'CPU s', 'MiB', 'largest tool, MiB'];

/** Something that was measured several times. */
export interface TimesRow {
  readonly what: string;
  readonly samples: readonly Sample[];
  /** Seconds that it may take. */
  readonly budget?: number;
}

/** One line for each thing that was measured. */
export function timesTable(rows: readonly TimesRow[]): string {
  return table([
    rows.some(({ budget }) => budget !== undefined) ? [...HEADINGS, 'budget'] : HEADINGS,
    ...rows.map(({ what, samples, budget }) => {
      const { min, median, max } = spreadOf(samples.map(({ seconds }) => seconds));
      const tool = samples.map((sample) => sample.tool).reduce(larger);
      return [
        what,
        `${samples.length}`,
        ...[min, median, max].map(inSeconds),
        inSeconds(spreadOf(samples.map(({ cpuSeconds }) => cpuSeconds)).median),
        `${Math.max(...samples.map(({ memoryMiB }) => memoryMiB))}`,
        tool.memoryMiB === 0 ? '-' : `${tool.name} ${tool.memoryMiB}`,
        budget === undefined ? '' : `${budget} s: ${median <= budget ? 'met' : 'MISSED'}`,
      ];
    }),
  ]);
}

/** Columns as wide as their widest cell: text to the left, numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => aligned(cell, widths[column] ?? 0, column)).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

export function inSeconds(seconds: number): string {
  return seconds.toFixed(2);
}

function aligned(cell: string, width: number, column: number): string {
  return column > 0 && /^[\d.]+$|s$|^runs$|^MiB$/.test(cell)
    ? cell.padStart(width)
    : cell.padEnd(width);
}

function larger<T extends { readonly memoryMiB: number }>(one: T, other: T): T {
  return one.memoryMiB >= other.memoryMiB ? one : other;
}
