import { type Coverage, isMet, type MetNeed } from './coverage.ts';

/** Why a need is not met, in a few words. */
export function whyUnmet({ options, state }: MetNeed): string {
  switch (state.kind) {
    case 'left-out':
      return `the module ${state.module} is not in the image`;
    case 'misnamed':
      return `the kernel has no module ${state.module}; its packages call it otherwise`;
    case 'unset':
      return `the kernel is built without ${options.map(({ option }) => `CONFIG_${option}`).join(' and ')}`;
    case 'builtin':
    case 'module':
      return 'it is there';
  }
}

/** A line for each thing that keeps a CNI from being covered, with what that costs. */
export function whyUncovered({ needs, newerKernel }: Coverage): readonly string[] {
  const version = newerKernel === undefined ? [] : [`it needs kernel ${newerKernel} or newer`];
  const missing = needs
    .filter((need) => !isMet(need))
    .map((need) => `${whyUnmet(need)}, which costs ${need.purpose}`);
  return [...version, ...missing];
}

/** Modules that would have to be added to an image, so that it covers these. */
export function modulesToAdd(coverages: readonly Coverage[]): readonly string[] {
  const states = coverages.flatMap(({ needs }) => needs.map(({ state }) => state));
  return [...new Set(states.flatMap((state) => (state.kind === 'left-out' ? state.module : [])))];
}
