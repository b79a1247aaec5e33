import type { Report } from '../../report/diagnostic.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { ReadParts } from './complete.ts';
import type { Plan } from './plan.ts';
import type { LinkedNode, SiteAddress } from './site-address.ts';

/** A site file as far as it could be read, for a rule to look at. */
export interface Checked {
  readonly plan: Plan;
  readonly parts: ReadParts;
  /** The nodes of the plan. */
  readonly nodes: readonly LinkedNode[];
  /** All of their static addresses that others can reach; the rest is reported. */
  readonly addresses: readonly SiteAddress[];
  readonly sources: Sources;
  readonly report: Report;
  /** Whether every node of every file could be read: else counting them says nothing. */
  readonly isWhole: boolean;
}

/** A rule across a site. What is wrong in itself is reported and absent by then. */
export type Rule = (checked: Checked) => void;
