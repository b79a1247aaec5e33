import { constants, createPublicKey, privateEncrypt } from 'node:crypto';
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
  // Drawn before the wait: keys that are made side by side are ready in any order.
  const serial = randomSerial(making.entropy);
  return certifyAuthority(commonName, await making.entropy.rsaKey(), making, serial);
}

/**
 * Makes an authority of a key that is there: RSA, PKCS#1 or PKCS#8, PEM. It is as k0s makes its own, by name, usages
 * and life: the common name tells k0s that it may renew the leafs.
 */
export function certifyAuthority(
  commonName: string,
  key: string,
  making: Making,
  serial = randomSerial(making.entropy),
): Authority {
  const pair = forge.pki.privateKeyFromPem(key);
  const publicKey = forge.pki.setRsaPublicKey(pair.n, pair.e);
  const certificate = blankCertificate(publicKey, making, serial);
  certificate.validity.notAfter = hoursAfter(making.now, VALID_HOURS);
  const name = [{ name: 'commonName', value: commonName }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  sign(certificate, key);
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

/** Positive, whatever the first byte is (RFC 5280, 4.1.2.2). */
function randomSerial(entropy: Entropy): string {
  return `01${Buffer.from(entropy.bytes(15)).toString('hex')}`;
}

/** A certificate with a key, a serial number and the start of its life: whole hours back. */
export function blankCertificate(
  publicKey: forge.pki.rsa.PublicKey,
  { now, entropy }: Making,
  serial = randomSerial(entropy),
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = serial;
  certificate.validity.notBefore = hoursAfter(now, -BACK_DATED_HOURS);
  return certificate;
}

/** DER of a DigestInfo for SHA-256, up to the digest (RFC 8017, 9.2, note 1). */
const SHA256_DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/**
 * Signs with an authority's key (PEM): RSASSA-PKCS1-v1_5 with SHA-256. forge's own arithmetic gives the same bytes, but
 * takes as long as the making of a key, in the only thread there is for it.
 */
export function sign(certificate: forge.pki.Certificate, key: string): void {
  const { RSA_PKCS1_PADDING: padding } = constants;
  const signer = {
    ...forge.pki.privateKeyFromPem(key),
    sign: (digest: forge.md.MessageDigest): string => {
      const info = Buffer.concat([SHA256_DIGEST_INFO, Buffer.from(digest.digest().toHex(), 'hex')]);
      return privateEncrypt({ key, padding }, info).toString('binary');
    },
  };
  certificate.sign(signer, forge.md.sha256.create());
}

export function hoursAfter(moment: Date, hours: number): Date {
  return new Date(moment.getTime() + hours * HOUR_MS);
}

/** forge ends lines as mail does. */
export function pemOf(certificate: forge.pki.Certificate): string {
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}
