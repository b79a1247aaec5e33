import type { Diagnostic } from './diagnostic.ts';
import { KilnError } from './errors.ts';
import { DiagnosticsError, formatDiagnostic } from './format.ts';
import { inParallel } from './together.ts';

/**
 * What became of each item, in their order, with so many at a time. What is wrong with one does not keep the others
 * from being looked at: all of it is thrown at the end, as one error.
 */
export async function gather<T, U>(
  items: readonly T[],
  parallel: number,
  work: (item: T) => Promise<U>,
): Promise<readonly U[]> {
  const results: U[] = [];
  const errors: KilnError[] = [];
  await inParallel(items.entries(), parallel, async ([i, item]) => {
    try {
      results[i] = await work(item);
    } catch (error) {
      if (!(error instanceof KilnError) || error.code === 'interrupted') throw error;
      errors[i] = error;
    }
  });
  const found = errors.filter(() => true);
  if (found.length > 0) throw joined(found);
  return results;
}

/** Several errors as one: diagnostics as one list, without those that several have in common; the rest above it. */
function joined(errors: readonly KilnError[]): KilnError {
  const [first, ...more] = errors;
  if (first === undefined) throw new Error('there is no error');
  if (more.length === 0) return first;
  const inTexts = errors.filter((error) => error instanceof DiagnosticsError);
  const others = errors.filter((error) => !(error instanceof DiagnosticsError));
  const distinct = new Map<string, Diagnostic>(
    inTexts.flatMap((error) =>
      error.diagnostics.map((each) => [formatDiagnostic(each), each] as const),
    ),
  );
  const summary =
    inTexts.length === 0
      ? []
      : [new DiagnosticsError(counted(inTexts.length), [...distinct.values()])];
  const all: readonly KilnError[] = [...others, ...summary];
  return new KilnError(first.code, all.map(textOf).join('\nerror: ').trimEnd());
}

function textOf({ message, hint }: KilnError): string {
  return hint === undefined ? `${message}\n` : `${message}\nhint: ${hint}\n`;
}

function counted(files: number): string {
  return files === 1 ? '1 file' : `${files} files`;
}
