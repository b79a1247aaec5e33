/**
 * `transient` may pass by itself, so the same address is tried again later; `permanent` is the
 * address's last word; `wrong` means that it delivered bytes that are not what was asked for.
 */
export type FailureKind = 'transient' | 'permanent' | 'wrong';

/** Why one attempt at one address failed. */
export class Failure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, reason: string, options: { cause?: unknown } = {}) {
    super(reason, options);
    this.name = 'Failure';
    this.kind = kind;
  }
}

/** System and TLS error codes in words. */
const NETWORK: Readonly<Record<string, { readonly kind: FailureKind; readonly reason: string }>> = {
  ECONNREFUSED: { kind: 'transient', reason: 'connection refused' },
  ECONNRESET: { kind: 'transient', reason: 'the connection broke' },
  EPIPE: { kind: 'transient', reason: 'the connection broke' },
  ETIMEDOUT: { kind: 'transient', reason: 'no answer' },
  EHOSTUNREACH: { kind: 'transient', reason: 'host unreachable' },
  ENETUNREACH: { kind: 'transient', reason: 'network unreachable' },
  EAI_AGAIN: { kind: 'transient', reason: 'the name could not be looked up' },
  ENOTFOUND: { kind: 'permanent', reason: 'no such host' },
  EPROTO: { kind: 'permanent', reason: 'no TLS on this port' },
  CERT_HAS_EXPIRED: { kind: 'permanent', reason: 'its certificate has expired' },
  DEPTH_ZERO_SELF_SIGNED_CERT: { kind: 'permanent', reason: 'its certificate is self-signed' },
  SELF_SIGNED_CERT_IN_CHAIN: { kind: 'permanent', reason: 'its certificate is self-signed' },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    kind: 'permanent',
    reason: 'its certificate is from an unknown authority (NODE_EXTRA_CA_CERTS names more)',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    kind: 'permanent',
    reason: 'its certificate is for another host',
  },
};

/** Turns what Node's network code throws into a failure. */
export function networkFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = NETWORK[code];
  const message = error instanceof Error ? error.message : String(error);
  return new Failure(known?.kind ?? 'transient', known?.reason ?? (message || code), {
    cause: error,
  });
}
