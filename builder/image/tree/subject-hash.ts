import { createHash } from 'node:crypto';
import forge from 'node-forge';

type Asn1 = forge.asn1.Asn1;

const { asn1 } = forge;
/** String types that OpenSSL compares as text; all others stay as they are. */
const TEXT_ENCODINGS: ReadonlyMap<number, BufferEncoding | 'utf16be' | 'ucs4'> = new Map([
  [asn1.Type.UTF8, 'utf8'],
  [asn1.Type.PRINTABLESTRING, 'latin1'],
  [20, 'latin1'], // T61String
  [22, 'latin1'], // IA5String
  [26, 'latin1'], // VisibleString
  [28, 'ucs4'], // UniversalString
  [30, 'utf16be'], // BMPString
]);

/**
 * The number by which OpenSSL looks a CA up in a directory: `openssl x509 -subject_hash`, eight hexadecimal digits.
 * It is the SHA-1 of the subject in canonical form (OpenSSL, crypto/x509/x_name.c): text as UTF-8 in lower
 * case with single spaces, without the outer sequence. Throws when the bytes are no X.509 certificate.
 */
export function subjectHash(der: Buffer): string {
  const certificate = asn1.fromDer(der.toString('latin1'));
  const canonical = Buffer.concat(childrenOf(subjectOf(certificate)).map(canonicalSet));
  const digest = createHash('sha1').update(canonical).digest();
  return digest.readUInt32LE(0).toString(16).padStart(8, '0');
}

/** RFC 5280, 4.1: the version is an optional first field, in context class. */
function subjectOf(certificate: Asn1): Asn1 {
  const [tbs] = childrenOf(certificate);
  const fields = tbs === undefined ? [] : childrenOf(tbs);
  const hasVersion = fields[0]?.tagClass === asn1.Class.CONTEXT_SPECIFIC;
  const subject = fields[hasVersion ? 5 : 4];
  if (subject === undefined) throw new Error('no subject in the certificate');
  return subject;
}

/** A RelativeDistinguishedName: a set, whose members stand in the order of their encodings. */
function canonicalSet(set: Asn1): Buffer {
  const members = childrenOf(set).map(canonicalAttribute).sort(Buffer.compare);
  return encode(asn1.Type.SET, Buffer.concat(members));
}

function canonicalAttribute(attribute: Asn1): Buffer {
  const [type, value] = childrenOf(attribute);
  if (type === undefined || value === undefined) throw new Error('an attribute without a value');
  const encoding = TEXT_ENCODINGS.get(value.type);
  const canonical =
    encoding === undefined || typeof value.value !== 'string'
      ? derOf(value)
      : encode(asn1.Type.UTF8, canonicalText(decode(Buffer.from(value.value, 'latin1'), encoding)));
  return encode(asn1.Type.SEQUENCE, Buffer.concat([derOf(type), canonical]));
}

/** Only ASCII letters and ASCII white space are folded. */
function canonicalText(text: string): Buffer {
  const folded = text
    .replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '')
    .replace(/[ \t\n\v\f\r]+/g, ' ')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return Buffer.from(folded);
}

function decode(bytes: Buffer, encoding: BufferEncoding | 'utf16be' | 'ucs4'): string {
  if (encoding === 'utf16be') return Buffer.from(bytes).swap16().toString('utf16le');
  if (encoding !== 'ucs4') return bytes.toString(encoding);
  const count = Math.floor(bytes.length / 4);
  return String.fromCodePoint(
    ...Array.from({ length: count }, (_, at) => bytes.readUInt32BE(at * 4)),
  );
}

function childrenOf(node: Asn1): readonly Asn1[] {
  return Array.isArray(node.value) ? node.value : [];
}

function derOf(node: Asn1): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), 'latin1');
}

/** DER of a universal type: SET and SEQUENCE are constructed. */
function encode(type: number, body: Buffer): Buffer {
  const isConstructed = type === asn1.Type.SET || type === asn1.Type.SEQUENCE;
  return Buffer.concat([Buffer.from([type | (isConstructed ? 0x20 : 0)]), lengthOf(body), body]);
}

function lengthOf(body: Buffer): Buffer {
  if (body.length < 0x80) return Buffer.from([body.length]);
  if (body.length < 0x100) return Buffer.from([0x81, body.length]);
  return Buffer.from([0x82, body.length >> 8, body.length & 0xff]);
}
