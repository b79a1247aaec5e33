import { createPublicKey } from 'node:crypto';
import forge from 'node-forge';
import type { Entropy } from './entropy.ts';
import type { Authority, ServiceAccountPair } from './secrets.ts';

/** As long as k0s's own authorities live: 87600 hours. */
const VALID_HOURS = 87_600;

/** Boxes' clocks are not all the same, and one without a battery is at its image's day. */
const BACK_DATED_HOURS = 48;

export const HOUR_MS = 3_600_000;

/** What everything that is made of chance and time is made with. */
export interface Making {
  readonly now: Date;
  readonly entropy: Entropy;
}

/** Makes an authority with a new key. */
export async function makeAuthority(commonName: string, making: Making): Promise<Authority> {
  return certifyAuthority(commonName, await making.entropy.rsaKey(), making);
}

/**
 * Makes an authority of a key that is there: RSA, PKCS#1 or PKCS#8, PEM. It is as k0s makes its own, by name, usages
 * and life: the common name tells k0s that it may renew the leafs.
 */
export function certifyAuthority(commonName: string, key: string, making: Making): Authority {
  const pair = forge.pki.privateKeyFromPem(key);
  const certificate = blankCertificate(forge.pki.setRsaPublicKey(pair.n, pair.e), making);
  certificate.validity.notAfter = hoursAfter(making.now, VALID_HOURS);
  const name = [{ name: 'commonName', value: commonName }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(pair, forge.md.sha256.create());
  return { certificate: pemOf(certificate), key };
}

/** The pair that service accounts' tokens are signed with. */
export async function makeServiceAccountPair(entropy: Entropy): Promise<ServiceAccountPair> {
  return serviceAccountPairOf(await entropy.rsaKey());
}

/** The pair of a key that is there. */
export function serviceAccountPairOf(key: string): ServiceAccountPair {
  return {
    key,
    publicKey: createPublicKey(key).export({ format: 'pem', type: 'spki' }).toString(),
  };
}

/** A certificate with a key, a serial number and the start of its life: whole hours back. */
export function blankCertificate(
  publicKey: forge.pki.rsa.PublicKey,
  { now, entropy }: Making,
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  // Positive, whatever the first byte is (RFC 5280, 4.1.2.2).
  certificate.serialNumber = `01${Buffer.from(entropy.bytes(15)).toString('hex')}`;
  certificate.validity.notBefore = hoursAfter(now, -BACK_DATED_HOURS);
  return certificate;
}

export function hoursAfter(moment: Date, hours: number): Date {
  return new Date(moment.getTime() + hours * HOUR_MS);
}

/** forge ends lines as mail does. */
export function pemOf(certificate: forge.pki.Certificate): string {
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}
