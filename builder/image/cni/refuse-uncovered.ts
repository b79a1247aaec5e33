import type { Diagnostic } from '../../report/diagnostic.ts';
import { DiagnosticsError } from '../../report/format.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Definition } from '../definition/definition.ts';
import type { Coverage } from './coverage.ts';
import { isMeant } from './demands.ts';
import { lacksOf, modulesToAdd } from './explain.ts';

/** More than this would hide that a whole set of modules is missing. */
const MAX_LINES = 12;
const MAX_MODULES = 8;

/**
 * Ends a build whose definition names a CNI that the image does not have everything for.
 * @throws DiagnosticsError
 */
export function refuseUncovered(
  definition: Pick<Definition, 'file' | 'cni'>,
  coverages: readonly Coverage[],
  sources: Pick<Sources, 'ofItem'>,
): void {
  const diagnostics = findUncovered(definition.cni, coverages, sources);
  if (diagnostics.length > 0) throw new DiagnosticsError(definition.file, diagnostics);
}

/** The CNIs of a definition that are not covered, each at its place, with what is missing and what to do. */
export function findUncovered(
  names: readonly string[],
  coverages: readonly Coverage[],
  sources: Pick<Sources, 'ofItem'>,
): readonly Diagnostic[] {
  return names.flatMap((name): readonly Diagnostic[] => {
    const uncovered = coverages.filter((each) => isMeant(each.name, name) && !each.isCovered);
    if (uncovered.length === 0) return [];
    return [
      {
        message: `the image does not have everything that "${name}" needs`,
        at: sources.ofItem(['cni'], name),
        note: [...reasonsOf(uncovered), whatToDo(uncovered, name)].join('\n'),
      },
    ];
  });
}

/** What a CNI lacks in any case is not repeated for its modes. */
function reasonsOf(uncovered: readonly Coverage[]): readonly string[] {
  const said = new Set<string>();
  const lines = uncovered.flatMap((coverage) => {
    const all = lacksOf(coverage).map(({ cause, purpose }) => `${cause}, which costs ${purpose}`);
    const fresh = all.filter((line) => !said.has(line));
    for (const line of fresh) said.add(line);
    return fresh.map((line) => `${coverage.name}: ${line}`);
  });
  const rest = lines.length - MAX_LINES;
  return rest <= 0 ? lines : [...lines.slice(0, MAX_LINES), `and ${rest} more`];
}

function whatToDo(uncovered: readonly Coverage[], name: string): string {
  const modules = modulesToAdd(uncovered);
  const what = modules.length > MAX_MODULES ? 'cni, the set of all of them' : modules.join(', ');
  const add = `add to "modules" of "kernel": ${what}`;
  const change = `choose another "flavour" of "kernel", or take "${name}" out of "cni"`;
  const isKernelsFault = uncovered.some(
    ({ needs, newerKernel }) =>
      newerKernel !== undefined ||
      needs.some(({ state: { kind } }) => kind === 'unset' || kind === 'misnamed'),
  );
  return [modules.length > 0 ? [add] : [], isKernelsFault ? [change] : []].flat().join('; and ');
}
