import type { RehearsalOptions } from '../../test-vm/rehearsal/options.ts';

/** For tests: a rehearsal in which a user wishes nothing special. */
export const PLAIN_OPTIONS: RehearsalOptions = {
  order: { kind: 'forward' },
  isOneByOne: false,
  delaySeconds: 0,
  only: [],
  without: [],
  cuts: [],
  isOnline: false,
};
