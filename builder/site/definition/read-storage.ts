import { type FileName, type Reading, readNamedText } from './named-file.ts';
import { certificatesIn, keyFit } from './pem.ts';
import type { WrittenStorage } from './schema-cluster.ts';
import type { Storage } from './site.ts';

type ExternalEtcd = Extract<Storage, { readonly kind: 'external-etcd' }>;
type WrittenExternal = Extract<
  WrittenStorage,
  { readonly 'external-etcd': unknown }
>['external-etcd'];

const AT = ['storage', 'external-etcd'];

/** Where the cluster's state is, with the files that say how to get there. */
export async function readStorage(
  written: WrittenStorage | undefined,
  isSingle: boolean,
  reading: Reading,
): Promise<Storage> {
  if (written === undefined) return isSingle ? { kind: 'sqlite' } : { kind: 'etcd' };
  if ('etcd' in written) return { kind: 'etcd' };
  if ('kine' in written) return await readKine(written.kine, reading);
  return await readExternal(written['external-etcd'], reading);
}

async function readKine(path: string, reading: Reading): Promise<Storage> {
  const at = reading.sources.at(['storage', 'kine']);
  const name = { at, path, noun: 'data source', maxBytes: 4096 };
  const source = (await readNamedText(name, reading))?.trim();
  // It may hold a password, so no part of it is shown.
  if (source !== undefined && !/^[a-z][a-z0-9+]*:\/\/\S+$/.test(source)) {
    const note = 'one line, as in postgres://user:password@host:5432/database';
    reading.report.error(`"${path}" holds no data source`, at, note);
  }
  return { kind: 'kine', source: source ?? '' };
}

async function readExternal(written: WrittenExternal, reading: Reading): Promise<ExternalEtcd> {
  const { endpoints, prefix } = written;
  const tls = await readTls(written, reading);
  return { kind: 'external-etcd', endpoints, prefix, ...(tls && { tls }) };
}

async function readTls(
  { ca, certificate, key }: WrittenExternal,
  reading: Reading,
): Promise<ExternalEtcd['tls']> {
  if (ca === undefined || certificate === undefined || key === undefined) {
    const some = [ca, certificate, key].some((path) => path !== undefined);
    const message = '"ca", "certificate" and "key" are given together, or none of them';
    if (some) reading.report.error(message, reading.sources.at(AT));
    return undefined;
  }
  const [caText, certificateText, keyText] = await Promise.all([
    readNamedText(fileOf('ca', ca, 'file of certificates', reading), reading),
    readNamedText(fileOf('certificate', certificate, 'certificate', reading), reading),
    readNamedText(fileOf('key', key, 'key', reading), reading),
  ]);
  if (caText === undefined || certificateText === undefined || keyText === undefined) {
    return undefined;
  }
  const [own] = checkCertificates([...AT, 'certificate'], certificate, certificateText, reading);
  checkCertificates([...AT, 'ca'], ca, caText, reading);
  const fit = own && keyFit(own, keyText);
  if (fit === 'other' || fit === 'unreadable') {
    const what = fit === 'other' ? 'is the key of another certificate' : 'is no private key (PEM)';
    reading.report.error(`"${key}" ${what}`, reading.sources.at([...AT, 'key']));
  }
  return { ca: caText, certificate: certificateText, key: keyText };
}

function fileOf(key: string, path: string, noun: string, { sources }: Reading): FileName {
  return { at: sources.at([...AT, key]), path, noun, maxBytes: 256 << 10 };
}

/** The certificates of a file; when there are none, that is reported where the file is named. */
export function checkCertificates(
  at: readonly string[],
  path: string,
  text: string,
  { sources, report }: Reading,
): NonNullable<ReturnType<typeof certificatesIn>> {
  const found = certificatesIn(text);
  if (!found) report.error(`"${path}" holds no certificate (PEM) that can be read`, sources.at(at));
  return found ?? [];
}
