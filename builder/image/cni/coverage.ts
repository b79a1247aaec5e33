import { compareVersions, type Demands, type Need } from './demands.ts';
import type { KernelConfig } from './kernel-config.ts';

/** What is known of an image's kernel. */
export interface KernelFacts {
  /** What `uname -r` says. */
  readonly release: string;
  readonly config: KernelConfig;
  /** Names of the modules that the image's root has. */
  readonly inImage: ReadonlySet<string>;
  /** Names of all modules of the kernel's packages. */
  readonly inPackages: ReadonlySet<string>;
}

/** How an image meets a need, or why it does not. */
export type State =
  /** Part of the kernel. */
  | { readonly kind: 'builtin' }
  /** The image has the module. */
  | { readonly kind: 'module'; readonly module: string }
  /** The kernel's packages have the module, the image does not. */
  | { readonly kind: 'left-out'; readonly module: string }
  /** The kernel's configuration says that there is a module, and its packages have none of that name. */
  | { readonly kind: 'misnamed'; readonly module: string }
  /** The kernel is built without. */
  | { readonly kind: 'unset' };

/** A need, and what an image has of it. */
export interface MetNeed extends Need {
  readonly state: State;
}

/** How far an image covers a CNI in one of its modes, or what all of its modes share. */
export interface Coverage {
  readonly name: string;
  /** Whether everything needed is there. */
  readonly isCovered: boolean;
  readonly needs: readonly MetNeed[];
  readonly wants: readonly MetNeed[];
  /** The kernel that it needs, when the image's is older. */
  readonly newerKernel?: string;
}

/** Holds what a CNI asks for against a kernel and the modules that an image has of it. */
export function cover({ name, needs, wants, kernel }: Demands, facts: KernelFacts): Coverage {
  const met = (need: Need): MetNeed => ({ ...need, state: stateOf(need, facts) });
  const metNeeds = needs.map(met);
  const isTooOld = kernel !== undefined && compareVersions(facts.release, kernel) < 0;
  return {
    name,
    isCovered: !isTooOld && metNeeds.every(isMet),
    needs: metNeeds,
    wants: wants.map(met),
    ...(isTooOld && { newerKernel: kernel }),
  };
}

/** Whether the image has what is asked for. */
export function isMet({ state }: MetNeed): boolean {
  return state.kind === 'builtin' || state.kind === 'module';
}

const ORDER: readonly State['kind'][] = ['builtin', 'module', 'left-out', 'misnamed', 'unset'];

/** Of several options the one that is met, or most easily would be. */
function stateOf({ options }: Need, facts: KernelFacts): State {
  const states = options.map(({ option, module }): State => {
    const value = facts.config.get(option);
    if (value === 'y' || (value === 'm' && module === undefined)) return { kind: 'builtin' };
    if (value !== 'm' || module === undefined) return { kind: 'unset' };
    if (facts.inImage.has(module)) return { kind: 'module', module };
    return { kind: facts.inPackages.has(module) ? 'left-out' : 'misnamed', module };
  });
  const [best] = states.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  return best ?? { kind: 'unset' };
}
