import type { Definition, OtherStart } from './definition.ts';

/** Every other way to start an image, in the order in which their artifacts are made. */
export const OTHER_STARTS: readonly OtherStart[] = ['netboot', 'iso'];

/** The other ways to start an image that its definition asks for. */
export function startsOf({ artifacts }: Pick<Definition, 'artifacts'>): readonly OtherStart[] {
  return OTHER_STARTS.filter((start) => artifacts.includes(start));
}
