/** Kinds of public keys that OpenSSH of Debian 13 takes, with the number of fields that each has (RFC 4253, RFC 5656, RFC 8709). */
const KINDS: Readonly<Record<string, number>> = {
  'ssh-ed25519': 2,
  'ssh-rsa': 3,
  'ecdsa-sha2-nistp256': 3,
  'ecdsa-sha2-nistp384': 3,
  'ecdsa-sha2-nistp521': 3,
  'sk-ssh-ed25519@openssh.com': 3,
  'sk-ecdsa-sha2-nistp256@openssh.com': 4,
};

/** What is wrong with an SSH public key; nothing of the key is repeated. */
export function complaintAboutSshKey(
  text: string,
): { readonly message: string; readonly note: string } | undefined {
  const note = 'one line of a .pub file, as "ssh-ed25519 AAAA… name"';
  if (text.includes('PRIVATE KEY')) {
    return { message: 'a private key: it must stay where it is', note };
  }
  const [kind = '', data = ''] = text.trim().split(/\s+/);
  if (kind === 'ssh-dss') return { message: 'DSA keys are not taken any more', note };
  const fields = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (fields === undefined) {
    const kinds = Object.keys(KINDS).join(', ');
    return { message: 'no SSH public key', note: `${note}; it starts with one of ${kinds}` };
  }
  const found = fieldsOf(data);
  if (found?.[0]?.toString('latin1') !== kind || found.length !== fields) {
    return { message: `the data of this ${kind} key is damaged or cut off`, note };
  }
  return undefined;
}

/** The fields of a key, each after its length (RFC 4251, section 5, "string"). */
function fieldsOf(base64: string): readonly Buffer[] | undefined {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '')) return undefined;
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return at === bytes.length ? fields : undefined;
}
