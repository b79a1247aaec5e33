import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import forge from 'node-forge';

/** A certificate authority, PEM. */
export interface Authority {
  readonly certificate: string;
  readonly key: string;
}

/** The pair that signs service accounts' tokens: PKCS#1 and SubjectPublicKeyInfo, PEM. */
export interface ServiceAccountPair {
  readonly key: string;
  readonly publicKey: string;
}

/** As long as k0s's own authorities live. */
const VALID_YEARS = 10;

/**
 * Makes an authority as k0s makes its own: RSA-2048, and the common name tells k0s that it may renew
 * the leafs. It is valid from a day before now, since the boxes' clocks are not all the same.
 */
export function makeAuthority(commonName: string, now: Date): Authority {
  const pair = rsaPair();
  const key = forge.pki.privateKeyFromPem(pkcs1(pair.privateKey));
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
  // Positive, whatever the first byte is.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = new Date(now.getTime() - 86_400_000);
  certificate.validity.notAfter = new Date(now.getTime() + VALID_YEARS * 365 * 86_400_000);
  const name = [{ name: 'commonName', value: commonName }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    {
      name: 'keyUsage',
      critical: true,
      digitalSignature: true,
      keyEncipherment: true,
      keyCertSign: true,
      cRLSign: true,
    },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(key, forge.md.sha256.create());
  return {
    certificate: unix(forge.pki.certificateToPem(certificate)),
    key: pkcs1(pair.privateKey),
  };
}

export function makeServiceAccountPair(): ServiceAccountPair {
  const { privateKey, publicKey } = rsaPair();
  return {
    key: pkcs1(privateKey),
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  };
}

function rsaPair(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

function pkcs1(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs1' }).toString();
}

/** forge ends lines as mail does. */
function unix(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
