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
  const before = at.file.text.slice(0, at.start);
  const lineStart = before.lastIndexOf('\n') + 1;
  return {
    line: before.split('\n').length,
    column: Array.from(before.slice(lineStart)).length + 1,
  };
}

/** `file:line:column`, for a sentence that mentions a place. */
export function placeOf(at: SourcePos): string {
  const { line, column } = lineAndColumn(at);
  return `${at.file.name}:${line}:${column}`;
}

/** Collects everything that is wrong, so that a user sees all of it at once. */
export class Report {
  readonly #diagnostics: Diagnostic[] = [];

  /**
   * Adds an error. One range has one error: a text that is read twice (by itself, then as part of what
   * includes it) is reported once, and a second complaint about the same word would be an echo of the first.
   */
  error(message: string, at: SourcePos | undefined, note?: string): void {
    const known = this.#diagnostics.some((other) =>
      at ? other.at !== undefined && samePos(other.at, at) : !other.at && other.message === message,
    );
    if (!known)
      this.#diagnostics.push(note === undefined ? { message, at } : { message, at, note });
  }

  /** By file, then by position; what has no position comes first. */
  get diagnostics(): readonly Diagnostic[] {
    return byPlace(this.#diagnostics);
  }

  get isEmpty(): boolean {
    return this.#diagnostics.length === 0;
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
