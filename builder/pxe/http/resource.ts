import type { Sha256 } from '../../report/sha256.ts';

/** Something that the server has. Its digest is its ETag: it is what was looked at when the server started. */
export interface Resource {
  readonly sizeBytes: number;
  readonly sha256: Sha256;
  readonly type: string;
  readonly content:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'bytes'; readonly bytes: Buffer };
}

export const BINARY = 'application/octet-stream';
export const TEXT = 'text/plain; charset=utf-8';

/**
 * The name that a request's path stands for: slashes that are too many count as one. Undefined when it is none.
 */
export function nameOf(target: string): string | undefined {
  try {
    const path = decodeURIComponent(target.replace(/[?#].*$/, ''));
    return path.replace(/^\/+/, '').replaceAll(/\/{2,}/g, '/');
  } catch {
    return undefined;
  }
}
