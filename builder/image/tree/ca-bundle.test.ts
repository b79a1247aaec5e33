import test from 'ava';
import forge from 'node-forge';
import { EPOCH, failureOf, listing, treeOf } from '../../testing/tree-fixture.ts';
import { caBundle } from './ca-bundle.ts';
import { subjectHash } from './subject-hash.ts';

const { asn1 } = forge;
const { Class, Type } = asn1;

type Name = readonly (readonly [type: number, text: string])[];

/** As much of a certificate as has a subject: an attribute in each set. */
function certificateOf(name: Name): Buffer {
  const sequence = (children: forge.asn1.Asn1[]) =>
    asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, children);
  const sets = name.map(([type, text]) => {
    const oid = asn1.create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer('2.5.4.10').getBytes());
    const value = asn1.create(
      Class.UNIVERSAL,
      type,
      false,
      Buffer.from(text, 'utf8').toString('latin1'),
    );
    return asn1.create(Class.UNIVERSAL, Type.SET, true, [sequence([oid, value])]);
  });
  const version = asn1.create(Class.CONTEXT_SPECIFIC, 0, true, []);
  const empty = () => sequence([]);
  const tbs = sequence([version, empty(), empty(), empty(), empty(), sequence(sets), empty()]);
  return Buffer.from(asn1.toDer(sequence([tbs])).getBytes(), 'latin1');
}

function pem(name: Name): string {
  const body = certificateOf(name).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
}

/** ISRG Root X2: a root whose key is on an elliptic curve. */
const ISRG_ROOT_X2 = `-----BEGIN CERTIFICATE-----
MIICGzCCAaGgAwIBAgIQQdKd0XLq7qeAwSxs6S+HUjAKBggqhkjOPQQDAzBPMQsw
CQYDVQQGEwJVUzEpMCcGA1UEChMgSW50ZXJuZXQgU2VjdXJpdHkgUmVzZWFyY2gg
R3JvdXAxFTATBgNVBAMTDElTUkcgUm9vdCBYMjAeFw0yMDA5MDQwMDAwMDBaFw00
MDA5MTcxNjAwMDBaME8xCzAJBgNVBAYTAlVTMSkwJwYDVQQKEyBJbnRlcm5ldCBT
ZWN1cml0eSBSZXNlYXJjaCBHcm91cDEVMBMGA1UEAxMMSVNSRyBSb290IFgyMHYw
EAYHKoZIzj0CAQYFK4EEACIDYgAEzZvVn4CDCuwJSvMWSj5cz3es3mcFDR0HttwW
+1qLFNvicWDEukWVEYmO6gbf9yoWHKS5xcUy4APgHoIYOIvXRdgKam7mAHf7AlF9
ItgKbppbd9/w+kHsOdx1ymgHDB/qo0IwQDAOBgNVHQ8BAf8EBAMCAQYwDwYDVR0T
AQH/BAUwAwEB/zAdBgNVHQ4EFgQUfEKWrt5LSDv6kviejM9ti6lyN5UwCgYIKoZI
zj0EAwMDaAAwZQIwe3lORlCEwkSHRhtFcP9Ymd70/aTSVaYgLXTWNLxBo1BfASdW
tL4ndQavEi51mI38AjEAi/V3bNTIZargCyzuFJ0nN6T5U6VR5CmD1/iQMVtCnwr1
/q4AaOeMSQ+2b1tbFfLn
-----END CERTIFICATE-----
`;

test('the hash of a real root with an EC key is that of openssl x509 -subject_hash', (t) => {
  const base64 = ISRG_ROOT_X2.split('\n').slice(1, -2).join('');
  t.is(subjectHash(Buffer.from(base64, 'base64')), '0b9bc432');
});

test('case, spaces and the kind of string do not change the hash', (t) => {
  const hashes = [
    [[Type.UTF8, 'Kiln Test CA']],
    [[Type.PRINTABLESTRING, 'kiln test ca']],
    [[Type.UTF8, '  KILN \t Test   CA ']],
    [[30, '\0K\0i\0l\0n\0 \0T\0e\0s\0t\0 \0C\0A']],
    [[22, 'Kiln Test CA']],
  ].map((name) => subjectHash(certificateOf(name as unknown as Name)));
  t.is(new Set(hashes).size, 1);
  t.not(subjectHash(certificateOf([[Type.UTF8, 'Kiln Test CB']])), hashes[0]);
});

test('bundle and links are made in the order of names, local certificates last', async (t) => {
  const [a, b, local] = [pem([[12, 'A']]), pem([[12, 'B']]), pem([[12, 'a']])];
  const entries = await caBundle(
    treeOf({
      'usr/share/ca-certificates/mozilla/B_(x), y.crt': b,
      'usr/share/ca-certificates/mozilla/A.crt': a.trimEnd(),
      'usr/share/ca-certificates/mozilla/README': 'no certificate',
      'usr/local/share/ca-certificates/site.crt': local,
    }),
    EPOCH,
  );
  const [bundle, ...links] = listing(entries);
  t.is(bundle, `644 0:0 etc/ssl/certs/ca-certificates.crt: ${a}${b}${local}`);
  t.snapshot(links.join('\n'));
});

test('what the image leaves out is in the bundle, but has no links', async (t) => {
  const tree = treeOf({ 'usr/share/ca-certificates/mozilla/A.crt': pem([[12, 'A']]) });
  const entries = await caBundle(tree, EPOCH, () => false);
  t.deepEqual(
    entries.map(({ path }) => path),
    ['etc/ssl/certs/ca-certificates.crt'],
  );
});

test('a tree without certificates gets no bundle', async (t) => {
  t.deepEqual(await caBundle(treeOf({}), EPOCH), []);
});

for (const [title, text] of [
  ['text', 'hello'],
  ['a damaged certificate', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'],
] as const) {
  test(`${title} in place of a certificate is an error that says what is expected`, async (t) => {
    const tree = treeOf({ 'usr/local/share/ca-certificates/site.crt': text }, 'overlay site');
    t.snapshot(await failureOf(() => caBundle(tree, EPOCH)));
  });
}
