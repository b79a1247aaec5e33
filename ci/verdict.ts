export interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

/** What of a failed suite is said again at the end: a log is often read from there, or only there. */
const LINES_SAID_AGAIN = 20;

/** What a suite of linters comes to: it is one check. */
export function countAsOne(good: boolean): Outcome {
  return good ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * Sums what ava says at its end. A run that failed without a failed test (a crash) counts as one failure, and so does
 * one that had nothing to run.
 */
export function countByAva(output: string, good: boolean): Outcome {
  const sum = (word: RegExp): number =>
    [...output.matchAll(word)].reduce((total, match) => total + Number(match[1]), 0);
  // Beside a failed test ava does not say how many passed.
  const passed = good ? sum(/^\s*(\d+) tests? passed/gm) : output.split('\n  ✔ ').length - 1;
  const failed =
    sum(/^\s*(\d+) (?:tests?|hooks?) failed/gm) +
    sum(/^\s*(\d+) tests? remained pending/gm) +
    sum(/^\s*(\d+) uncaught exceptions?/gm) +
    sum(/^\s*(\d+) unhandled rejections?/gm);
  if (good && passed === 0) return { passed, failed: 1 };
  return { passed, failed: good ? failed : Math.max(1, failed) };
}

/**
 * The lines of a failed suite's output that say why: what ava says of each failed test behind its first rule, without
 * empty lines; the last ones of an output that has no rule.
 */
export function whyFailed(output: string): readonly string[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const rule = lines.indexOf('  ─');
  if (rule === -1) return lines.slice(-LINES_SAID_AGAIN);
  const marks = lines.filter((line) => line.startsWith('  ✘ '));
  const details = lines.slice(rule + 1).filter((line) => line !== '  ─');
  return [...marks, ...details].slice(0, Math.max(LINES_SAID_AGAIN, marks.length));
}
