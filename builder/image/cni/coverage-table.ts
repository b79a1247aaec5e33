import { table } from '../../report/table.ts';
import { type Coverage, isMet, type MetNeed } from './coverage.ts';
import { whyUncovered, whyUnmet } from './explain.ts';

/** What `kiln modules --cni` prints for people: a line for each CNI and mode, then what is missing and what it costs. */
export function coverageTable(coverages: readonly Coverage[], release: string): string {
  const uncovered = coverages.flatMap((each) => whyUncovered(each).map((why) => [each.name, why]));
  const lost = lostWants(coverages);
  const sections = [
    table(
      [['CNI', 'NEEDED', 'BUILT IN', 'MODULES', 'MISSING', 'USEFUL'], ...coverages.map(row)],
      NUMBERS,
    ),
    uncovered.length > 0 && table([['NOT COVERED', 'WHY'], ...uncovered]),
    lost.length > 0 && table([['USEFUL, BUT MISSING', 'WHY', 'WHAT WOULD ASK FOR IT'], ...lost]),
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

/** What CNIs would use if it were there: once each, however many would. */
function lostWants(coverages: readonly Coverage[]): readonly (readonly string[])[] {
  const askers = new Map<string, { readonly want: MetNeed; readonly names: string[] }>();
  for (const { name, wants } of coverages) {
    const [cni = name] = name.split('/');
    for (const want of wants.filter((each) => !isMet(each))) {
      const known = askers.get(want.text);
      if (known === undefined) askers.set(want.text, { want, names: [cni] });
      else if (!known.names.includes(cni)) known.names.push(cni);
    }
  }
  return [...askers.values()].map(({ want, names }) => [
    want.purpose,
    whyUnmet(want),
    names.join(', '),
  ]);
}
