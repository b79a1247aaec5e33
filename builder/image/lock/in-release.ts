import { type Sha256, sha256 } from '../../report/sha256.ts';
import { type ArchiveKey, verifyClearSigned } from './openpgp.ts';
import { checkRelease, parseRelease, type Release } from './release-file.ts';

/** A suite's table of contents that is signed by a known key, in force, and of the suite asked for. */
export interface VerifiedRelease {
  readonly release: Release;
  /** Of the InRelease file, signature included. */
  readonly sha256: Sha256;
}

/** What an InRelease must satisfy. */
export interface InReleaseDemand {
  readonly keys: readonly ArchiveKey[];
  readonly suite: string;
  readonly now: Date;
  /** When given, a Release from this day on is taken even after its Valid-Until, and an older one is not. */
  readonly since?: string | undefined;
  /** Names the file in errors. */
  readonly what: string;
}

/**
 * Verifies an InRelease file: signature, suite, `Valid-Until`, `Date`. Only the signed text is read.
 * Throws KilnError `verification`.
 */
export async function verifyInRelease(
  bytes: Uint8Array,
  { keys, suite, now, since, what }: InReleaseDemand,
): Promise<VerifiedRelease> {
  const text = await verifyClearSigned(bytes, keys, now, what);
  const release = parseRelease(text, what);
  checkRelease(release, { suite, now, since, what });
  return { release, sha256: sha256(bytes) };
}
