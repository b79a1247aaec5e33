import type { Arch } from '../../builder/image/arch.ts';
import type { Role } from '../../builder/site/definition/site.ts';
import type { Problem } from '../status.ts';
import type { Card } from './cards.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Failure } from './failures.ts';
import type { Gateway } from './gateways.ts';
import { type NodeState, type StageChange, stageOf } from './node-state.ts';
import type { Plan } from './plan.ts';

/** A release that nodes have booted. */
export interface BootedRelease {
  readonly arch: Arch;
  readonly name: string;
  readonly version: string;
  readonly rootHash: string;
  readonly kernel: string;
  readonly k0s: string;
  /** "KVM" or "software emulation". */
  readonly how: string;
}

/** A node as it was in the end. */
export interface NodeRecord {
  readonly name: string;
  readonly role: Role;
  readonly arch: Arch;
  readonly address: string | undefined;
  readonly cards: readonly Card[];
  readonly memoryMiB: number;
  readonly cpus: number;
  /** Digest of the seed that it has booted from. */
  readonly seed: string;
  readonly stage: string;
  readonly stages: readonly StageChange[];
  readonly addresses: readonly string[];
  readonly image: string | undefined;
  readonly k0s: string | undefined;
  readonly kernel: string | undefined;
  readonly problems: readonly Problem[];
  /** What `systemd-analyze time` says. */
  readonly bootTime: string | undefined;
}

/** Everything that is worth knowing of a rehearsal afterwards; plain data. */
export interface RehearsalRecord {
  readonly site: string;
  /** When it began, ISO 8601. */
  readonly date: string;
  readonly verdict: 'formed' | 'failed' | 'interrupted';
  readonly seconds: number;
  readonly failures: readonly Failure[];
  readonly warnings: readonly Failure[];
  /** Names, in the order in which they were switched on. */
  readonly order: readonly string[];
  readonly isOnline: boolean;
  readonly lans: readonly string[];
  readonly gateways: readonly Gateway[];
  readonly releases: readonly BootedRelease[];
  readonly nodes: readonly NodeRecord[];
}

/** What a node says of its boot. */
export interface BootAccount {
  readonly time: string | undefined;
  /** What `systemd-analyze plot` draws. */
  readonly chart: string | undefined;
}

/** Writes down what is known of the nodes. Pure. */
export function nodeRecords(
  plan: Plan,
  known: {
    readonly states: ReadonlyMap<string, NodeState>;
    readonly views: ReadonlyMap<string, ClusterView>;
    readonly boots: ReadonlyMap<string, BootAccount>;
    /** Digests of seeds, by node. */
    readonly seeds: ReadonlyMap<string, string>;
  },
): readonly NodeRecord[] {
  return plan.nodes.map(({ name, role, arch, address, cards, memoryMiB, cpus, staysOff }) => {
    const state = known.states.get(name);
    return {
      ...{ name, role, arch, address, cards, memoryMiB, cpus },
      seed: known.seeds.get(name) ?? '',
      stage: staysOff || state === undefined ? 'off' : stageOf(state),
      stages: state?.stages ?? [],
      addresses: state?.status?.addresses ?? [],
      image: state?.status?.image,
      k0s: state?.status?.k0s,
      kernel: known.views.get(name)?.kernel,
      problems: state?.status?.problems ?? [],
      bootTime: known.boots.get(name)?.time,
    };
  });
}
