import type { Diagnostic } from '../../report/diagnostic.ts';
import { DiagnosticsError } from '../../report/format.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Definition } from '../definition/definition.ts';
import type { Coverage } from './coverage.ts';
import { isMeant } from './demands.ts';
import { modulesToAdd, whyUncovered } from './explain.ts';

/** More lines than this would hide that one set of modules is missing. */
const MAX_LINES = 12;

/**
 * Ends a build whose definition names a CNI that the image does not have everything for.
 * @throws DiagnosticsError with every such name at its place, what is missing and what to do
 */
export function refuseUncovered(
  definition: Pick<Definition, 'file' | 'cni'>,
  coverages: readonly Coverage[],
  sources: Pick<Sources, 'ofItem'>,
): void {
  const diagnostics = definition.cni.flatMap((name): readonly Diagnostic[] => {
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
  if (diagnostics.length > 0) throw new DiagnosticsError(definition.file, diagnostics);
}

/** What a CNI lacks in any case is not repeated for its modes. */
function reasonsOf(uncovered: readonly Coverage[]): readonly string[] {
  const said = new Set<string>();
  const lines = uncovered.flatMap((coverage) => {
    const fresh = whyUncovered(coverage).filter((line) => !said.has(line));
    for (const line of fresh) said.add(line);
    return fresh.map((line) => `${coverage.name}: ${line}`);
  });
  const rest = lines.length - MAX_LINES;
  return rest <= 0 ? lines : [...lines.slice(0, MAX_LINES), `and ${rest} more`];
}

function whatToDo(uncovered: readonly Coverage[], name: string): string {
  const modules = modulesToAdd(uncovered);
  const add = `add to "modules" of "kernel": ${modules.join(', ')} (the set cni has such modules)`;
  const change = `choose another "flavour" of "kernel", or take "${name}" out of "cni"`;
  const isKernelsFault = uncovered.some(
    ({ needs, newerKernel }) =>
      newerKernel !== undefined ||
      needs.some(({ state: { kind } }) => kind === 'unset' || kind === 'misnamed'),
  );
  return [modules.length > 0 ? [add] : [], isKernelsFault ? [change] : []].flat().join('; and ');
}
