import { type Coverage, isMet, type MetNeed } from './coverage.ts';

/** Something that is missing, as a sentence, and what its lack costs. */
export interface Lack {
  readonly cause: string;
  readonly purpose: string;
}

/** Everything that keeps a CNI from being covered. */
export function lacksOf({ needs, newerKernel }: Coverage): readonly Lack[] {
  const cause = `the kernel is older than ${newerKernel}`;
  const version = newerKernel === undefined ? [] : [{ cause, purpose: 'the whole of it' }];
  return [...version, ...unmetOf(needs)];
}

/** Modules that would have to be added to an image, so that it covers these. */
export function modulesToAdd(coverages: readonly Coverage[]): readonly string[] {
  const states = coverages.flatMap(({ needs }) => needs.map(({ state }) => state));
  return [...new Set(states.flatMap((state) => (state.kind === 'left-out' ? state.module : [])))];
}

/** One lack for all needs that are not met for the same reason and at the same cost. */
export function unmetOf(needs: readonly MetNeed[]): readonly Lack[] {
  const groups = new Map<string, MetNeed[]>();
  for (const need of needs.filter((each) => !isMet(each))) {
    const key = `${need.state.kind} ${need.purpose}`;
    groups.set(key, [...(groups.get(key) ?? []), need]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ cause: causeOf(first, group), purpose: first.purpose }];
  });
}

function causeOf({ state }: MetNeed, group: readonly MetNeed[]): string {
  if (state.kind === 'unset')
    return `the kernel is built without ${group.map(optionsOf).join(', ')}`;
  const names = group.flatMap((each) => ('module' in each.state ? each.state.module : []));
  const [noun, verb] = names.length === 1 ? ['module', 'is'] : ['modules', 'are'];
  const modules = `the ${noun} ${names.join(', ')} ${verb}`;
  return state.kind === 'misnamed'
    ? `${modules} not among the kernel's, whose configuration promises it`
    : `${modules} not in the image`;
}

function optionsOf({ options }: MetNeed): string {
  return options.map(({ option }) => `CONFIG_${option}`).join(' and ');
}
