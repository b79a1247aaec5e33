import { createPrivateKey, X509Certificate } from 'node:crypto';

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The certificates in a PEM text; undefined when there is none, or one that cannot be read. */
export function certificatesIn(text: string): readonly X509Certificate[] | undefined {
  const blocks = text.match(BLOCK) ?? [];
  try {
    return blocks.length === 0 ? undefined : blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

/** How a private key fits a certificate. */
export function keyFit(certificate: X509Certificate, key: string): 'fits' | 'other' | 'unreadable' {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key)) ? 'fits' : 'other';
  } catch {
    return 'unreadable';
  }
}
