import { generateKeyPairSync } from 'node:crypto';

/** An Ed25519 key: the secret half as PKCS#8, the other half as authorized_keys has it (RFC 8709, section 4). */
export function makeKey(): { readonly secret: string; readonly authorized: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const field = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)]);
  return {
    secret: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    authorized: `ssh-ed25519 ${blob.toString('base64')} test`,
  };
}
