import type { Report } from '../../report/diagnostic.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { ReadParts } from './complete.ts';
import type { Plan } from './plan.ts';

/** A site file as far as it could be read, for a rule to look at. */
export interface Checked {
  readonly plan: Plan;
  readonly parts: ReadParts;
  readonly sources: Sources;
  readonly report: Report;
  /** Whether every file that it includes was there. */
  readonly isComplete: boolean;
}

/** A rule across a site. What is wrong in itself is reported and absent by then. */
export type Rule = (checked: Checked) => void;
