import { both32, encode, uint8 } from './fields.ts';

/** Root's, and for nobody else: a seed is secret. */
const FILE_MODE = 0o100400;
const DIRECTORY_MODE = 0o040500;

/** RRIP 1.10, 4.3: what the entries are, for who does not know them. */
const IDENTIFIER = 'RRIP_1991A';
const DESCRIPTOR =
  'THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS';
const SOURCE =
  'PLEASE CONTACT DISC PUBLISHER FOR SPECIFICATION SOURCE.  ' +
  'SEE PUBLISHER IDENTIFIER IN PRIMARY VOLUME DESCRIPTOR FOR CONTACT INFORMATION.';

/** SUSP 1.10, section 4: an entry of the system use area: signature, length, version, data. */
function entry(signature: string, ...data: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(data);
  return Buffer.concat([encode(signature, 'ascii'), uint8(body.length + 4), uint8(1), body]);
}

/** RRIP 4.1.1: mode, links, user and group. */
function posixAttributes(mode: number, links: number): Buffer {
  return entry('PX', both32(mode), both32(links), both32(0), both32(0));
}

/** The system use area of a file: how POSIX sees it, and its name as it is (RRIP 4.1.4). */
export function fileEntries(name: string): Buffer {
  return Buffer.concat([
    posixAttributes(FILE_MODE, 1),
    entry('NM', uint8(0), encode(name, 'ascii')),
  ]);
}

/** The system use area of the root's parent, which is the root. */
export function parentEntries(): Buffer {
  return posixAttributes(DIRECTORY_MODE, 2);
}

/**
 * The system use area of the root itself: it says first that the protocol is used (SUSP 5.3) and, as there is
 * no room for it here, where the rest goes on (SUSP 5.1).
 */
export function rootEntries(continuationSector: number): Buffer {
  return Buffer.concat([
    entry('SP', Uint8Array.of(0xbe, 0xef), uint8(0)),
    posixAttributes(DIRECTORY_MODE, 2),
    entry('CE', both32(continuationSector), both32(0), both32(continuation().length)),
  ]);
}

/** SUSP 5.5: which extension the entries belong to. */
export function continuation(): Buffer {
  const texts = [IDENTIFIER, DESCRIPTOR, SOURCE];
  const lengths = texts.map((text) => uint8(text.length));
  return entry('ER', ...lengths, uint8(1), ...texts.map((text) => encode(text, 'ascii')));
}
