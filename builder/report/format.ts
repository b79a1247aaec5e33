import { type Diagnostic, lineAndColumn, placeOf, type SourcePos } from './diagnostic.ts';
import { KilnError } from './errors.ts';

/** Longest part of a source line that is shown. */
const EXCERPT_COLUMNS = 100;
/** Characters of a long line that stay visible before the range. */
const LEAD_COLUMNS = 20;

/**
 * One diagnostic as text:
 *
 *     error: unknown key "pakages"; did you mean "packages"?
 *       --> images/node.yaml:6:1
 *      6 | pakages: []
 *        | ^^^^^^^
 *        = note, when there is one
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  return `error: ${describeDiagnostic(diagnostic)}`;
}

/** The same without its first word, for a warning. */
export function describeDiagnostic({ message, at, note }: Diagnostic): string {
  const lines = [printable(message)];
  if (at) lines.push(`  --> ${placeOf(at)}`, ...excerpt(at));
  if (note !== undefined) {
    const margin = at ? ' '.repeat(String(lineAndColumn(at).line).length + 2) : '  ';
    lines.push(...note.split('\n').map((line) => `${margin}= ${printable(line)}`));
  }
  return lines.join('\n');
}

/** All of them, an empty line between. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(formatDiagnostic).join('\n\n');
}

/** What the user wrote is wrong: carries every diagnostic, and their text as its message. */
export class DiagnosticsError extends KilnError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(subject: string, diagnostics: readonly Diagnostic[]) {
    const count = diagnostics.length === 1 ? '1 error' : `${diagnostics.length} errors`;
    super('definition', `${count} in ${subject}\n\n${formatDiagnostics(diagnostics)}`);
    this.name = 'DiagnosticsError';
    this.diagnostics = diagnostics;
  }
}

function excerpt(at: SourcePos): readonly string[] {
  const { text } = at.file;
  const lineStart = text.lastIndexOf('\n', at.start - 1) + 1;
  const newline = text.indexOf('\n', at.start);
  const lineEnd = newline < 0 ? text.length : newline;
  const before = Array.from(text.slice(lineStart, at.start));
  const marked = Array.from(text.slice(at.start, Math.min(at.end, lineEnd)).trimEnd());
  const line = Array.from(text.slice(lineStart, lineEnd).trimEnd());

  const tooLong = line.length > EXCERPT_COLUMNS;
  const from = tooLong ? Math.max(0, before.length - LEAD_COLUMNS) : 0;
  const shown = line.slice(from, from + EXCERPT_COLUMNS);
  const [head, tail] = [from > 0 ? '…' : '', from + shown.length < line.length ? '…' : ''];

  const number = String(lineAndColumn(at).line);
  // Tabs stay tabs in the caret's margin, or the caret would not stand below its word.
  const margin = head.replace('…', ' ') + before.slice(from).map(blank).join('');
  const carets = '^'.repeat(
    Math.max(1, Math.min(marked.length, shown.length + from - before.length)),
  );
  return [
    ` ${number} | ${head}${shown.map(visible).join('')}${tail}`,
    ` ${' '.repeat(number.length)} | ${margin}${carets}`,
  ];
}

function blank(character: string): string {
  return character === '\t' ? '\t' : ' ';
}

/** Messages repeat what is in a file. */
function printable(text: string): string {
  return Array.from(text, visible).join('');
}

/** A control character in a file must not reach the terminal. */
function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const isControl = (code < 0x20 && character !== '\t') || (code >= 0x7f && code < 0xa0);
  return isControl ? '�' : character;
}
