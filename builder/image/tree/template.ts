import Mustache from 'mustache';
import type { Report, SourceFile } from '../../report/diagnostic.ts';
import { didYouMean } from '../../report/suggest.ts';

/** What templates may name: values, and groups of values as `image.name`. */
export type View = { readonly [name: string]: string | number | boolean | View };

/** As `Mustache.parse` gives them: kind, name, start and end in the text, tokens of a section. */
type Token = readonly [kind: string, name: string, start: number, end: number, inner?: unknown];

/**
 * Renders a Mustache template, unlike Mustache itself without escaping for HTML, and strictly: a name that the view
 * lacks, a partial or a syntax error is reported at its place.
 */
export function renderTemplate(file: SourceFile, view: View, report: Report): string {
  try {
    check(parse(file.text), file, view, report);
    return Mustache.render(file.text, view, {}, { escape: String });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, what = message, position] = /^(.*?)(?: at (\d+))?$/s.exec(message) ?? [];
    const start = Math.min(Number(position ?? 0), Math.max(0, file.text.length - 1));
    report.error(`Mustache: ${what}`, { file, start, end: start + 1 });
    return '';
  }
}

/** All names that stand for a value; those in a group with the group's name. */
export function namesIn(view: View, prefix = ''): readonly string[] {
  return Object.entries(view).flatMap(([name, value]) =>
    typeof value === 'object' ? namesIn(value, `${prefix}${name}.`) : [prefix + name],
  );
}

function check(
  tokens: readonly Token[],
  file: SourceFile,
  view: View,
  report: Report,
  isInSection = false,
): void {
  const names = namesIn(view);
  const groups = new Set(Object.keys(view).filter((name) => !names.includes(name)));
  for (const [kind, name, start, end, inner] of tokens) {
    if (kind === 'text' || kind === '!' || kind === '=') continue;
    const at = { file, start, end };
    if (kind === '>') report.error(`there are no partials: "${name}"`, at);
    else if (groups.has(name) && !isTokens(inner)) {
      report.error(`"${name}" is a group of names`, at, `known names: ${names.join(', ')}`);
    } else if (!names.includes(name) && !groups.has(name) && !(name === '.' && isInSection)) {
      const known = `known names: ${names.join(', ')}`;
      report.error(`unknown name "${name}"${didYouMean(name, names)}`, at, known);
    }
    if (isTokens(inner)) check(inner, file, view, report, true);
  }
}

function parse(text: string): readonly Token[] {
  const tokens: unknown = Mustache.parse(text);
  return isTokens(tokens) ? tokens : [];
}

function isTokens(value: unknown): value is readonly Token[] {
  return Array.isArray(value) && value.every((item) => Array.isArray(item));
}
