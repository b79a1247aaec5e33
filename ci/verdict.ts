import { stripVTControlCharacters } from 'node:util';

/** What one suite came to. */
export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly Failure[];
}

export interface Failure {
  /** The test's name, or what happened to a file or to the suite. */
  readonly title: string;
  /** What it says, the most telling lines first. */
  readonly lines: readonly string[];
}

export interface Said {
  /** What ava reports, without what its tests print. */
  readonly stdout: string;
  /** All that the suite printed, in order. */
  readonly all: string;
  /** Whether it ended with code 0. */
  readonly good: boolean;
}

const MOST_LINES_EACH = 8;
const MOST_COLUMNS = 160;

// What ava's reporter writes, by the symbols of the package figures: other ones when TERM is linux.
const HEADLINE =
  /^ {2}(?:(?<test>[✘×] \[(?:fail|unexpected pass)\]: )|[✘×] |(?=(?:Uncaught exception|Unhandled rejection) in ))(?<text>.*)$/;
const OTHER_MARK = /^ {2}(?:[✔√] |- \[)/;
const PASSED = /^ {2}[✔√] (?!\[expected fail\])/;
const RULE = '  ─';
/** Of a test that threw, ava shows the error as an object before it shows it as text. */
const OBJECT_FOLLOWS = /^(?:Error thrown in test|Rejected promise returned by test\. Reason):$/;

/** A suite that is one check: of what it said the end is kept. Pure. */
export function verdictOfCheck({ all, good }: Said): Verdict {
  if (good) return { passed: 1, failed: 0, failures: [] };
  return { passed: 0, failed: 1, failures: [lastWords(all)] };
}

/**
 * Reads what ava said. A run that failed without a failed test, or that ran none, counts as one failure. Pure.
 */
export function verdictOfAva({ stdout, all, good }: Said): Verdict {
  const lines = linesOf(stdout);
  const [first, last] = [lines.indexOf(RULE), lines.lastIndexOf(RULE)];
  const during = first < 0 ? lines : lines.slice(0, first);
  const details = first < 0 ? [] : lines.slice(first + 1, last);
  const totals = lines.slice(last + 1).join('\n');
  const count = (what: RegExp): number => Number(what.exec(totals)?.[1] ?? 0);
  // Where a test failed, ava says no more how many passed.
  const passed = during.filter((line) => PASSED.test(line)).length;
  if (good && passed > 0) return { passed, failed: 0, failures: [] };
  const failed =
    count(/^\s*(\d+) tests? failed/m) +
    count(/^\s*(\d+) hooks? failed/m) +
    count(/^\s*(\d+) uncaught exceptions?/m) +
    count(/^\s*(\d+) unhandled rejections?/m) +
    count(/^\s*(\d+) tests? remained pending/m);
  const failures = failuresIn(during, details);
  return {
    passed,
    failed: Math.max(1, failed),
    failures: failures.length === 0 ? [lastWords(all)] : failures,
  };
}

/** Which suites failed, which tests, and what they said first: as many lines as given at the most. Pure. */
export function summary(
  suites: readonly { readonly name: string; readonly verdict: Verdict }[],
  most: number,
): readonly string[] {
  const bad = suites.filter(({ verdict }) => verdict.failed > 0);
  const count = bad.flatMap(({ verdict }) => verdict.failures).length;
  if (count === 0) return [];
  const each = Math.max(0, Math.min(MOST_LINES_EACH, Math.floor((most - bad.length) / count) - 1));
  const lines = bad.flatMap(({ name, verdict }) => [
    `failed: ${name}`,
    ...verdict.failures.flatMap(({ title, lines }) => [
      `  ✘ ${title}`,
      ...lines.slice(0, each).map((line) => `    ${line}`),
    ]),
  ]);
  const cut = lines.map((line) =>
    line.length > MOST_COLUMNS ? `${line.slice(0, MOST_COLUMNS)}…` : line,
  );
  if (cut.length <= most) return cut;
  return [...cut.slice(0, most - 1), `… and ${cut.length - most + 1} more lines: see above`];
}

function linesOf(text: string): readonly string[] {
  return stripVTControlCharacters(text)
    .split(/\r?\n/)
    .map((line) => line.trimEnd());
}

function lastWords(all: string): Failure {
  const lines = linesOf(all).filter((line) => line !== '');
  return { title: 'its last lines', lines: lines.slice(-MOST_LINES_EACH) };
}

/** The headlines in ava's order: the failed tests among them are told once more, with details, in the same order. */
function failuresIn(during: readonly string[], details: readonly string[]): readonly Failure[] {
  let at = 0;
  const failures: Failure[] = [];
  for (const [index, line] of during.entries()) {
    const { test, text = '' } = HEADLINE.exec(line)?.groups ?? {};
    if (!HEADLINE.test(line)) continue;
    const told = test === undefined ? -1 : findTitle(details, at, text);
    if (told >= 0) at = told + 1;
    failures.push(
      told < 0
        ? { title: text, lines: telling(until(during, index + 1, isMark)) }
        : detailed(details, told),
    );
  }
  return failures;
}

function isMark(line: string): boolean {
  return HEADLINE.test(line) || OTHER_MARK.test(line);
}

function until(
  lines: readonly string[],
  from: number,
  isEnd: (line: string, index: number) => boolean,
): readonly string[] {
  const end = lines.findIndex((line, index) => index >= from && isEnd(line, index));
  return lines.slice(from, end < 0 ? undefined : end);
}

/** A headline is the test's title and, behind it, its message: the details have the title alone. */
function findTitle(details: readonly string[], from: number, headline: string): number {
  return details.findIndex(
    (line, index) =>
      index >= from &&
      line !== '' &&
      details[index - 1] === '' &&
      `${headline} `.startsWith(`${line.slice(2)} `),
  );
}

function detailed(details: readonly string[], at: number): Failure {
  // Three empty lines stand between two failures.
  const lines = until(
    details,
    at + 1,
    (line, index) => line === '' && details[index + 1] === '' && details[index + 2] === '',
  );
  return { title: (details[at] ?? '').trim(), lines: telling(lines) };
}

/** Leaves out where in the code it was: that, and all else, stands above. */
function telling(lines: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let inObject = false;
  for (const [index, line] of lines.entries()) {
    const opens = OBJECT_FOLLOWS.test(line.trim()) && lines[index + 2]?.endsWith('{') === true;
    inObject ||= opens;
    const isPlace =
      /^\s+at |^ {2}› | {3}\d+: /.test(line) || /^ {2}[\w./-]+\.[cm]?[jt]s:\d+$/.test(line);
    const text = line.slice(2);
    // An error's first line stands over its stack once more.
    if (!inObject && !isPlace && text !== '' && text !== kept.at(-1)) kept.push(text);
    if (line === '  }') inObject = false;
  }
  return kept;
}
