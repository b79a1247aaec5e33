import type { Checked, Rule } from './rule.ts';

/** Every rule across a site. */
export function checkSite(checked: Checked): void {
  for (const rule of RULES) rule(checked);
}

const RULES: readonly Rule[] = [];
