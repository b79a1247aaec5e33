import { KilnError } from '../../report/errors.ts';

/** One paragraph of a control file: field name → value, continuation lines joined by newlines. */
export type Paragraph = ReadonlyMap<string, string>;

const NEWLINE = 10;
const SPACE = 32;
const TAB = 9;
const HASH = 35;

/**
 * Reads the paragraphs of a Debian control file (Debian Policy, 5.1), one at a time.
 *
 * With `keep`, other fields are skipped without being stored: a Packages index has 50 MB, most of it
 * unneeded. Field names must be spelled as in Policy, as all of Debian's own tools write them.
 * Throws KilnError `verification` for a line that belongs to no field and for a repeated field: two
 * readers could understand such a paragraph in two ways.
 */
export function* parseParagraphs(text: string, keep?: ReadonlySet<string>): Generator<Paragraph> {
  let paragraph = new Map<string, string>();
  let field: string | undefined;
  let start = 0;
  while (start < text.length) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    const first = text.charCodeAt(start);
    if (isBlank(text, start, end)) {
      if (paragraph.size > 0) yield paragraph;
      paragraph = new Map();
      field = undefined;
    } else if (first === SPACE || first === TAB) {
      continueField(paragraph, field, text.slice(start, end));
    } else if (first !== HASH) {
      field = beginField(paragraph, text, start, end, keep);
    }
    start = end + 1;
  }
  if (paragraph.size > 0) yield paragraph;
}

/** The only paragraph of a file that must have exactly one (`Release`, a package's `control`). */
export function parseSingleParagraph(text: string, what: string): Paragraph {
  const paragraphs = [...parseParagraphs(text)];
  const only = paragraphs[0];
  if (only === undefined || paragraphs.length > 1) {
    throw new KilnError(
      'verification',
      `${what} has ${paragraphs.length} paragraphs instead of exactly one`,
    );
  }
  return only;
}

function isBlank(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  if (first === NEWLINE || start === end) return true;
  return (first === SPACE || first === TAB || first === 13) && text.slice(start, end).trim() === '';
}

/** Starts a field; returns its name, or `''` for one that is not kept. */
function beginField(
  paragraph: Map<string, string>,
  text: string,
  start: number,
  end: number,
  keep: ReadonlySet<string> | undefined,
): string {
  const colon = text.indexOf(':', start);
  if (colon <= start || colon >= end) throw malformed(text.slice(start, end), 'has no field name');
  const name = text.slice(start, colon);
  if (keep !== undefined && !keep.has(name)) return '';
  if (paragraph.has(name)) throw malformed(text.slice(start, end), 'repeats a field');
  paragraph.set(name, text.slice(colon + 1, end).trim());
  return name;
}

function continueField(
  paragraph: Map<string, string>,
  field: string | undefined,
  line: string,
): void {
  if (field === undefined) throw malformed(line, 'continues no field');
  if (field === '') return;
  paragraph.set(field, `${paragraph.get(field)}\n${line.slice(1).trimEnd()}`);
}

function malformed(line: string, fault: string): KilnError {
  return new KilnError('verification', `a control file has a line that ${fault}: ${line.trim()}`);
}
