import { KilnError } from '../../report/errors.ts';
import type { Sha256 } from '../../report/sha256.ts';
import { type Paragraph, parseSingleParagraph } from './deb822.ts';
import { CLOCK_SKEW_MS, type SignedText } from './openpgp.ts';

/** A file that a Release lists: path below the suite's directory → size and digest. */
export interface ListedFile {
  readonly sizeBytes: number;
  readonly sha256: Sha256;
}

/** A suite's table of contents (Debian repository format, "Release files"). */
export interface Release {
  readonly suite: string;
  readonly codename: string;
  readonly date: Date;
  readonly validUntil: Date | undefined;
  readonly architectures: readonly string[];
  /** Whether files can also be had by a path made of their digest, which a running update cannot change. */
  readonly hasByHash: boolean;
  /** Whether packages for all architectures are listed in an index of their own. */
  readonly hasIndexForAll: boolean;
  readonly files: ReadonlyMap<string, ListedFile>;
}

/** Reads a Release. Throws KilnError `verification` when a needed field is missing or malformed. */
export function parseRelease(text: SignedText, what: string): Release {
  const paragraph = parseSingleParagraph(text, what);
  const date = dateField(paragraph, 'Date', what);
  if (date === undefined) throw new KilnError('verification', `${what} has no Date`);
  const architectures = words(paragraph.get('Architectures'));
  return {
    suite: paragraph.get('Suite') ?? '',
    codename: paragraph.get('Codename') ?? '',
    date,
    validUntil: dateField(paragraph, 'Valid-Until', what),
    architectures,
    hasByHash: paragraph.get('Acquire-By-Hash') === 'yes',
    hasIndexForAll:
      architectures.includes('all') &&
      !words(paragraph.get('No-Support-for-Architecture-all')).includes('Packages'),
    files: listedFiles(paragraph.get('SHA256'), what),
  };
}

/** Which Release was asked for, and when. */
export interface ReleaseDemand {
  readonly suite: string;
  readonly now: Date;
  /** When given, a Release from this day on is taken even after its Valid-Until, and an older one is not. */
  readonly since?: string | undefined;
  /** Names the file in errors. */
  readonly what: string;
}

/**
 * Whether a Release is the one that was asked for and is in force: a mirror could answer with a
 * properly signed one of another suite, or one from last year.
 */
export function checkRelease(release: Release, { suite, now, since, what }: ReleaseDemand): void {
  const { codename, validUntil, date } = release;
  if (suite !== codename && suite !== release.suite) {
    const given = new Set([codename, release.suite].filter((name) => name !== ''));
    const names = [...given].join(' or ');
    throw new KilnError(
      'verification',
      `${what} is refused: it belongs to ${names}, not to ${suite}`,
      {
        hint: 'check the name of the suite in the definition, or try another mirror with --mirror',
      },
    );
  }
  if (since !== undefined && date < new Date(since)) {
    throw new KilnError(
      'verification',
      `${what} is refused: it was made at ${date.toISOString()}, and the definition asks for one since ${since}`,
      { hint: 'the mirror is behind: try another one with --mirror' },
    );
  }
  if (since === undefined && validUntil !== undefined && validUntil < now) {
    const [until, today] = [validUntil.toISOString(), now.toISOString()];
    throw new KilnError(
      'verification',
      `${what} is refused: it was valid until ${until}, now is ${today}`,
      {
        hint: "the mirror is out of date, or this host's clock is wrong: try another mirror with --mirror",
      },
    );
  }
  if (date.getTime() > now.getTime() + CLOCK_SKEW_MS) {
    const [made, today] = [date.toISOString(), now.toISOString()];
    throw new KilnError(
      'verification',
      `${what} is refused: it was made at ${made}, now is ${today}`,
      {
        hint: "this host's clock is probably wrong: set it and try again",
      },
    );
  }
}

function listedFiles(field: string | undefined, what: string): ReadonlyMap<string, ListedFile> {
  if (field === undefined) throw new KilnError('verification', `${what} has no SHA256 list`);
  const files = new Map<string, ListedFile>();
  for (const line of field.split('\n').filter((text) => text.trim() !== '')) {
    const match = /^\s*(?<sha256>[0-9a-f]{64})\s+(?<size>\d+)\s+(?<path>\S+)$/.exec(line);
    const { sha256, size, path } = match?.groups ?? {};
    if (sha256 === undefined || path === undefined || files.has(path)) {
      throw new KilnError('verification', `${what} has a malformed SHA256 list: ${line.trim()}`);
    }
    files.set(path, { sha256, sizeBytes: Number(size) });
  }
  return files;
}

function dateField(paragraph: Paragraph, name: string, what: string): Date | undefined {
  const text = paragraph.get(name);
  if (text === undefined) return undefined;
  const time = /(?:UTC|GMT|\+0000)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new KilnError('verification', `${what} has a malformed ${name}: ${text}`);
  return new Date(time);
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}
