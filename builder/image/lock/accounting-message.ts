import { KilnError } from '../../report/errors.ts';
import type { Accounting, UnknownScript } from './accounting.ts';
import type { ReviewedScript } from './maintscripts.ts';
import type { ScriptLine } from './snippets.ts';

/** Scripts up to this length are shown whole, others without what is recognised in them. */
const WHOLE_LINES = 60;
/** How many scripts are shown; of any more only the names, as nobody reviews them all at once. */
const SHOWN_SCRIPTS = 5;

/** @throws KilnError with the text of each script that is not accounted for, and entries to paste */
export function assertAccounted({ unknown }: Accounting, listPath: string): void {
  if (unknown.length === 0) return;
  const count =
    unknown.length === 1 ? '1 maintainer script is' : `${unknown.length} maintainer scripts are`;
  const shown = unknown.slice(0, SHOWN_SCRIPTS).map(describe);
  const others = unknown.slice(SHOWN_SCRIPTS).map((each) => `  ${titleOf(each)}`);
  const rest = others.length === 0 ? [] : [`and ${others.length} more:\n${others.join('\n')}`];
  throw new KilnError('lock', [`${count} not accounted for`, ...shown, ...rest].join('\n\n'), {
    hint: hintFor(unknown, listPath),
  });
}

/** One line on a review that fits no script any more, for a warning. */
export function describeStale(entry: ReviewedScript, listPath: string): string {
  return `${listPath}: the ${entry.script} of ${entry.package} has changed or gone; its entry can be removed`;
}

function describe(script: UnknownScript): string {
  const { text, reading, formerly } = script;
  const lines = text.replace(/\n$/, '').split('\n').length;
  const isWhole = lines <= WHOLE_LINES;
  const body = isWhole ? numbered(text) : reading.unknown;
  const extent = isWhole ? `${lines} lines` : `${lines} lines, without what Kiln recognises`;
  return [
    `${titleOf(script)} (${extent}):`,
    ...excerpt(body),
    ...reading.advice.map((advice) => `note: ${advice}`),
    ...formerly.map(({ reason }) => `note: another version of it was reviewed: ${reason.trim()}`),
  ].join('\n');
}

function titleOf({ package: name, version, script }: UnknownScript): string {
  return `${name} ${version}: ${script}`;
}

function numbered(text: string): readonly ScriptLine[] {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line, index) => ({ number: index + 1, text: line }));
}

/** Numbered lines, with a mark where some are left out. */
function excerpt(lines: readonly ScriptLine[]): readonly string[] {
  const width = String(lines.at(-1)?.number ?? 0).length;
  return lines.flatMap(({ number, text }, index) => {
    const isGap = number !== (lines[index - 1]?.number ?? 0) + 1;
    const line = ` ${String(number).padStart(width)} | ${visible(text)}`.trimEnd();
    return isGap ? [` ${' '.repeat(width)} …`, line] : [line];
  });
}

/** A script is a stranger's text: its control characters must not reach the terminal. */
function visible(text: string): string {
  return [...text].map((each) => (isControl(each) ? '\u{fffd}' : each)).join('');
}

function isControl(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return (code < 0x20 && character !== '\t') || (code >= 0x7f && code < 0xa0);
}

function hintFor(unknown: readonly UnknownScript[], listPath: string): string {
  const entries = unknown.map(
    (each) =>
      `- package: ${each.package}\n  script: ${each.script}\n  sha256: [${each.sha256}]\n  reason: # why nothing is lost`,
  );
  return [
    'Kiln runs no maintainer scripts. Read what each would do on a fresh install, put what the image would',
    `miss into its definition or an overlay, then add to ${listPath}, with your reason:`,
    '',
    entries.join('\n'),
  ].join('\n');
}
