import forge from 'node-forge';
import { blankCertificate, type Making, pemOf, sign } from './authority.ts';
import type { Authority } from './secrets.ts';

/** Whom a client certificate names, and until when. Kubernetes reads the name as user, organizations as groups. */
export interface Client {
  readonly user: string;
  readonly groups: readonly string[];
  /** It ends at the authority's end at the latest. */
  readonly expires: Date;
}

/** Makes a client certificate with a new key, signed by an authority. */
export async function makeClientCertificate(
  client: Client,
  authority: Authority,
  making: Making,
): Promise<Authority> {
  return certifyClient({ ...client, key: await making.entropy.rsaKey() }, authority, making);
}

/** Makes a client certificate of a key that is there: RSA, PEM. */
export function certifyClient(
  { user, groups, expires, key }: Client & { readonly key: string },
  authority: Authority,
  making: Making,
): Authority {
  const pair = forge.pki.privateKeyFromPem(key);
  const issuer = forge.pki.certificateFromPem(authority.certificate);
  const certificate = blankCertificate(forge.pki.setRsaPublicKey(pair.n, pair.e), making);
  const { notAfter } = issuer.validity;
  certificate.validity.notAfter = expires < notAfter ? expires : notAfter;
  certificate.setSubject([
    ...groups.map((group) => nameField('organizationName', group)),
    nameField('commonName', user),
  ]);
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', clientAuth: true },
    { name: 'subjectKeyIdentifier' },
    {
      name: 'authorityKeyIdentifier',
      keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes(),
    },
  ]);
  sign(certificate, authority.key);
  return { certificate: pemOf(certificate), key };
}

/** PrintableString where its few characters will do, as Go's x509 does, else UTF8String (X.680, 41.4). */
function nameField(name: string, value: string): forge.pki.CertificateField {
  const isPrintable = /^[A-Za-z0-9 '()+,./:=?-]*$/.test(value);
  const { PRINTABLESTRING, UTF8 } = forge.asn1.Type;
  return { name, value, valueTagClass: (isPrintable ? PRINTABLESTRING : UTF8) as never };
}
