import { table } from '../../report/table.ts';
import { type Coverage, isMet } from './coverage.ts';
import { isMeant } from './demands.ts';
import { type Lack, lacksOf, unmetOf } from './explain.ts';

/** What `kiln modules --cni` prints for people: a line for each CNI and mode, then what is missing and what it costs. */
export function coverageTable(coverages: readonly Coverage[], release: string): string {
  const uncovered = rowsOfLacks(coverages, lacksOf);
  const poorer = rowsOfLacks(coverages, ({ wants }) => unmetOf(wants));
  const sections = [
    table(
      [['CNI', 'NEEDED', 'BUILT IN', 'MODULES', 'MISSING', 'USEFUL'], ...coverages.map(row)],
      NUMBERS,
    ),
    uncovered.length > 0 && table([['NOT COVERED', 'LACKS', 'BECAUSE'], ...uncovered]),
    poorer.length > 0 && table([['USEFUL TO', 'BUT LACKING', 'BECAUSE'], ...poorer]),
    `kernel ${release}\n`,
  ];
  return sections.filter((section) => section !== false).join('\n');
}

const NUMBERS = ['NEEDED', 'BUILT IN', 'MODULES', 'MISSING', 'USEFUL'];

function row({ name, needs, wants, newerKernel }: Coverage): readonly string[] {
  const count = (kind: string): number => needs.filter(({ state }) => state.kind === kind).length;
  const missing = needs.filter((need) => !isMet(need)).length + (newerKernel === undefined ? 0 : 1);
  return [
    name,
    String(needs.length),
    String(count('builtin')),
    String(count('module')),
    missing === 0 ? '-' : String(missing),
    `${wants.filter(isMet).length} of ${wants.length}`,
  ];
}

/** A row for each lack, with everything that has it: a CNI stands for its modes. */
function rowsOfLacks(
  coverages: readonly Coverage[],
  lacks: (coverage: Coverage) => readonly Lack[],
): readonly (readonly string[])[] {
  const found = new Map<string, { readonly lack: Lack; readonly names: string[] }>();
  for (const coverage of coverages) {
    for (const lack of lacks(coverage)) {
      const key = JSON.stringify(lack);
      const { names } = found.get(key) ?? { names: [] };
      const isSaid = names.some((name) => isMeant(coverage.name, name));
      found.set(key, { lack, names: isSaid ? names : [...names, coverage.name] });
    }
  }
  return [...found.values()].map(({ lack, names }) => [names.join(', '), lack.purpose, lack.cause]);
}
