import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

/** A member of a data archive as tar-stream takes it; `body` for files. Nothing is checked: tests build bad packages too. */
export type DataEntry = Partial<Header> & {
  readonly name: string;
  readonly body?: string | Buffer;
};

export interface DebContents {
  /** Field → value; `Architecture`, `Version` and such as needed by the test. */
  readonly control: Readonly<Record<string, string>>;
  /** Other files of the control archive: `postinst`, `conffiles`, … */
  readonly controlFiles?: Readonly<Record<string, string>>;
  readonly data?: readonly DataEntry[];
  /** Of both archives; `gzip` if not given. */
  readonly compression?: 'none' | 'gzip';
}

/** A Debian package (deb(5)) in memory; the same contents give the same bytes. */
export async function buildDeb(contents: DebContents): Promise<Buffer> {
  const control = Object.entries(contents.control).map(([field, value]) => `${field}: ${value}\n`);
  const controlFiles = { control: control.join(''), ...contents.controlFiles };
  const controlEntries = Object.entries(controlFiles).map(([name, body]) => ({
    name: `./${name}`,
    body,
  }));
  const gzip = contents.compression !== 'none';
  const compress = (tar: Buffer) => (gzip ? gzipSync(tar) : tar);
  const suffix = gzip ? '.gz' : '';
  return buildAr([
    ['debian-binary', Buffer.from('2.0\n')],
    [`control.tar${suffix}`, compress(await buildTar(controlEntries))],
    [`data.tar${suffix}`, compress(await buildTar(contents.data ?? []))],
  ]);
}

/** A tar archive in memory. */
export async function buildTar(entries: readonly DataEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const { body = '', ...header } of entries) {
    const times = { mtime: new Date(0), ...header };
    if (header.type === undefined || header.type === 'file') tar.entry(times, body);
    else tar.entry(times);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of Readable.from(tar)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** An ar archive (ar(5)) in memory. */
export function buildAr(members: readonly (readonly [name: string, bytes: Buffer])[]): Buffer {
  const parts = members.flatMap(([name, bytes]) => [
    Buffer.from(
      `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`,
    ),
    bytes,
    Buffer.alloc(bytes.length % 2, '\n'),
  ]);
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}
