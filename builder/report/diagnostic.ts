/** A text that a user wrote: a file, or an option of the command line in the shape of one. */
export interface SourceFile {
  /** As the user would name it. */
  readonly name: string;
  readonly text: string;
}

/** A range of a source text: offsets in UTF-16 units, `end` exclusive. Line and column are worked out when printed. */
export interface SourcePos {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** One thing that is wrong with what the user wrote. */
export interface Diagnostic {
  readonly message: string;
  readonly at?: SourcePos | undefined;
  /** What to do about it, or where the other half of a contradiction is. */
  readonly note?: string;
}

/** Where a range starts, both counted from 1; columns count characters, not bytes. */
export function lineAndColumn(at: SourcePos): { readonly line: number; readonly column: number } {
  const starts = lineStartsOf(at.file);
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= at.start) low = middle;
    else high = middle - 1;
  }
  const lineStart = starts[low] ?? 0;
  return {
    line: low + 1,
    column: Array.from(at.file.text.slice(lineStart, at.start)).length + 1,
  };
}

/** Counted once a file: a mistake in a site's defaults can be one of each of ten thousand nodes. */
const LINE_STARTS = new WeakMap<SourceFile, readonly number[]>();

function lineStartsOf(file: SourceFile): readonly number[] {
  const known = LINE_STARTS.get(file);
  if (known) return known;
  const starts = [0];
  for (let end = file.text.indexOf('\n'); end >= 0; end = file.text.indexOf('\n', end + 1)) {
    starts.push(end + 1);
  }
  LINE_STARTS.set(file, starts);
  return starts;
}

/** `file:line:column`, for a sentence that mentions a place. */
export function placeOf(at: SourcePos): string {
  const { line, column } = lineAndColumn(at);
  return `${at.file.name}:${line}:${column}`;
}

/** Collects everything that is wrong, so that a user sees all of it at once. */
export class Report {
  readonly #errors = new Findings();
  readonly #warnings = new Findings();

  /**
   * Adds an error. One range has one error: a text that is read twice (by itself, then as part of what
   * includes it) is reported once, and a second complaint about the same word would be an echo of the first.
   */
  error(message: string, at: SourcePos | undefined, note?: string): void {
    this.#errors.add(message, at, note);
  }

  /** Adds what is likely not meant, but works. One range has one warning. */
  warn(message: string, at: SourcePos | undefined, note?: string): void {
    this.#warnings.add(message, at, note);
  }

  /** The errors, by file, then by position; what has no position comes first. */
  get diagnostics(): readonly Diagnostic[] {
    return byPlace(this.#errors.all);
  }

  /** The warnings, in the same order. */
  get warnings(): readonly Diagnostic[] {
    return byPlace(this.#warnings.all);
  }

  /** Whether there is no error. */
  get isEmpty(): boolean {
    return this.#errors.all.length === 0;
  }
}

class Findings {
  readonly all: Diagnostic[] = [];
  readonly #ranges = new Map<SourceFile, Set<string>>();
  readonly #placeless = new Set<string>();

  add(message: string, at: SourcePos | undefined, note: string | undefined): void {
    const known = at === undefined ? this.#placeless : this.#rangesIn(at.file);
    const key = at === undefined ? message : `${at.start}:${at.end}`;
    if (known.has(key)) return;
    known.add(key);
    this.all.push(note === undefined ? { message, at } : { message, at, note });
  }

  #rangesIn(file: SourceFile): Set<string> {
    const known = this.#ranges.get(file) ?? new Set();
    this.#ranges.set(file, known);
    return known;
  }
}

/**
 * What two looks at the same files have found, by place. Where the first has complained about a range, a complaint of
 * the second would be an echo.
 */
export function joinFindings(
  first: readonly Diagnostic[],
  second: readonly Diagnostic[],
): readonly Diagnostic[] {
  const isEcho = ({ at }: Diagnostic): boolean =>
    at !== undefined && first.some((other) => other.at !== undefined && samePos(other.at, at));
  return byPlace([...first, ...second.filter((each) => !isEcho(each))]);
}

function byPlace(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort(
    (a, b) => compareNames(a.at, b.at) || (a.at?.start ?? -1) - (b.at?.start ?? -1),
  );
}

function samePos(a: SourcePos, b: SourcePos): boolean {
  return a.file === b.file && a.start === b.start && a.end === b.end;
}

function compareNames(a: SourcePos | undefined, b: SourcePos | undefined): number {
  const [left, right] = [a?.file.name ?? '', b?.file.name ?? ''];
  return left < right ? -1 : left > right ? 1 : 0;
}
