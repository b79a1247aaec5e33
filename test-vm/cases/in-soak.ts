import test, { type ExecutionContext } from 'ava';

/**
 * A case of provisioning, which is still being built: `make soak` runs it, and `make test` does once it has
 * passed whole on a quiet machine.
 */
export function inSoak(title: string, run: (t: ExecutionContext) => Promise<void>): void {
  if (process.env.KILN_SOAK === undefined) test.skip(title, run);
  else test(title, run);
}
