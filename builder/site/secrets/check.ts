import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { DiagnosticsError } from '../../report/format.ts';
import { HOUR_MS } from './authority.ts';
import { ADMIN, AUTHORITY_NAMES, tokensOf } from './complete.ts';
import type { Authority, Secrets } from './secrets.ts';

const AUTHORITY_NOTICE_DAYS = 60;
const ADMIN_NOTICE_DAYS = 30;

/** Keys of the bundle by the keys of the type. */
const WRITTEN: Readonly<Record<keyof Secrets['authorities'], string>> = {
  kubernetes: 'authorities.kubernetes',
  frontProxy: 'authorities.front-proxy',
  etcd: 'authorities.etcd',
};

/**
 * Checks that secrets fit together and have not run out. Pure.
 * @returns what ends soon, and what to do about it
 * @throws DiagnosticsError with everything that does not fit; it shows nothing that is secret
 */
export function checkSecrets(secrets: Secrets, path: string, now: Date): readonly string[] {
  const errors: string[] = [];
  const warnings: string[] = [];
  for (const name of ['kubernetes', 'frontProxy', 'etcd'] as const) {
    const place = WRITTEN[name];
    const subject = `CN=${AUTHORITY_NAMES[name]}`;
    const read = readPair(secrets.authorities[name], { place, subject }, errors);
    if (read === undefined) continue;
    if (!read.ca || !read.verify(read.publicKey))
      errors.push(`${place}: it is no authority that signed itself`);
    judgeAuthority(read, { place, now, errors, warnings });
  }
  checkAdmin(secrets, { now, errors, warnings });
  if (!isServiceAccountPair(secrets)) {
    errors.push('service-accounts: the public key is not that of the key');
  }
  const ids = tokensOf(secrets).map(({ id }) => id);
  if (new Set(ids).size < ids.length) errors.push('tokens: two of them have the same first half');
  if (errors.length > 0) {
    throw new DiagnosticsError(
      path,
      errors.map((message) => ({ message })),
    );
  }
  return warnings;
}

interface Findings {
  readonly now: Date;
  readonly errors: string[];
  readonly warnings: string[];
}

function checkAdmin({ admin, authorities }: Secrets, { now, errors, warnings }: Findings): void {
  const subject = [...ADMIN.groups.map((group) => `O=${group}`), `CN=${ADMIN.user}`].join('\n');
  const read = readPair(admin, { place: 'admin', subject }, errors);
  const authority = parse(authorities.kubernetes.certificate);
  if (read === undefined || authority === undefined) return;
  if (!read.checkIssued(authority) || !read.verify(authority.publicKey)) {
    errors.push('admin: the certificate is not signed by authorities.kubernetes');
  }
  const days = daysUntil(read.validTo, now);
  if (days >= ADMIN_NOTICE_DAYS) return;
  warnings.push(
    `the admin certificate ${ending(read.validTo, now)}; "kiln site admin FILE --renew" makes a new one`,
  );
}

function judgeAuthority(
  { validFrom, validTo }: X509Certificate,
  { place, now, errors, warnings }: Findings & { readonly place: string },
): void {
  if (new Date(validFrom) > now) {
    warnings.push(
      `${place} is valid from ${dayOf(validFrom)}: is the clock of this machine right?`,
    );
  }
  if (daysUntil(validTo, now) < 0) {
    errors.push(
      `${place} ended on ${dayOf(validTo)}: no node trusts it any more. Move the bundle away: new secrets make a new ` +
        'cluster, and every node needs a new seed',
    );
  } else if (daysUntil(validTo, now) < AUTHORITY_NOTICE_DAYS) {
    warnings.push(
      `${place} ${ending(validTo, now)}; plan a new cluster with new secrets before that: k0s cannot renew it`,
    );
  }
}

function readPair(
  { certificate, key }: Authority,
  { place, subject }: { readonly place: string; readonly subject: string },
  errors: string[],
): X509Certificate | undefined {
  const read = parse(certificate);
  if (read === undefined) {
    errors.push(`${place}.certificate: it cannot be parsed`);
    return undefined;
  }
  if (read.subject !== subject) {
    errors.push(`${place}.certificate: it is not that of ${subject.split('\n').join(', ')}`);
  }
  if (!isKeyOf(key, read)) errors.push(`${place}.key: it is not the key of the certificate`);
  return read;
}

function parse(certificate: string): X509Certificate | undefined {
  try {
    return new X509Certificate(certificate);
  } catch {
    return undefined;
  }
}

function isKeyOf(key: string, certificate: X509Certificate): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function isServiceAccountPair({ serviceAccounts: { key, publicKey } }: Secrets): boolean {
  try {
    return createPublicKey(key).equals(createPublicKey(publicKey));
  } catch {
    return false;
  }
}

function daysUntil(moment: string, now: Date): number {
  return (new Date(moment).getTime() - now.getTime()) / (24 * HOUR_MS);
}

function ending(moment: string, now: Date): string {
  return `${daysUntil(moment, now) < 0 ? 'ended' : 'ends'} on ${dayOf(moment)}`;
}

function dayOf(moment: string): string {
  return new Date(moment).toISOString().slice(0, 10);
}
