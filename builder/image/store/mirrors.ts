import { KilnError } from '../../report/errors.ts';
import { type AptSource, readAptSources } from './apt-sources.ts';
import { publicUrl } from './http.ts';

/** Where archives are fetched from. */
export interface Mirrors {
  /**
   * Addresses of a file in order of preference: `archive` is `debian` or `debian-security`, `path` is
   * below it (`pool/main/…`). Throws KilnError when no known mirror has the archive.
   */
  urlsFor(archive: string, path: string): readonly string[];
  /** Who named the mirrors, and which they are, for messages. */
  readonly describe: string;
}

export interface MirrorOptions {
  /** `--mirror`: one or more addresses separated by spaces. */
  readonly flag?: string;
  /** For `KILN_MIRROR` and `KILN_MIRROR_SECURITY`. */
  readonly env: NodeJS.ProcessEnv;
  /** The definition's mirrors. */
  readonly definition: readonly string[];
  /** Where apt's sources are; `/etc/apt` by default. */
  readonly aptDirectory?: string;
}

/** Addresses of the `debian` archive, and addresses that are of another archive for certain. */
interface Bases {
  readonly source: string;
  readonly main: readonly string[];
  readonly security: readonly string[];
}

const SECURITY = 'debian-security';

const HINT =
  'set KILN_MIRROR to the address of a Debian archive (the directory that has dists/ and pool/), ' +
  'for example KILN_MIRROR=http://mirror.example.test/debian; more addresses after it, separated by spaces, are fallbacks';

/**
 * Finds the mirrors: `--mirror`, else `KILN_MIRROR`, else the definition's, else the host's own apt
 * sources. The first that names any decides, so that nobody's choice is widened silently.
 */
export async function findMirrors(options: MirrorOptions): Promise<Mirrors> {
  const bases = await findBases(options);
  const security = [
    ...addresses(options.env.KILN_MIRROR_SECURITY ?? '', 'KILN_MIRROR_SECURITY'),
    ...bases.security,
  ];
  const basesOf = (archive: string): readonly string[] => {
    const siblings = bases.main.flatMap((base) => siblingOf(base, archive) ?? []);
    return [...new Set(archive === SECURITY ? [...security, ...siblings] : siblings)];
  };
  return {
    describe: `${bases.source}: ${bases.main.map(publicUrl).join(' ')}`,
    urlsFor: (archive, path) => {
      const known = basesOf(archive);
      if (known.length === 0) throw unknownArchive(archive, bases);
      return known.map((base) => `${base}/${encodePath(path)}`);
    },
  };
}

/**
 * The address of another archive on the same mirror: `…/debian-security` beside `…/debian`; on a
 * snapshot server, which has the time at the end, `…/debian-security/20260101T000000Z`.
 * Undefined when the address does not end in the archive's name.
 */
export function siblingOf(base: string, archive: string): string | undefined {
  const [, before, time] = /^(.*\/)debian(\/\d{8}T\d{6}Z)?$/.exec(base) ?? [];
  if (before !== undefined) return `${before}${archive}${time ?? ''}`;
  return archive === 'debian' ? base : undefined;
}

async function findBases(options: MirrorOptions): Promise<Bases> {
  const { flag = '', env, definition, aptDirectory = '/etc/apt' } = options;
  const named = [
    { source: '--mirror', main: addresses(flag, '--mirror') },
    { source: 'KILN_MIRROR', main: addresses(env.KILN_MIRROR ?? '', 'KILN_MIRROR') },
    { source: 'the definition', main: addresses(definition.join(' '), 'the definition') },
  ].find(({ main }) => main.length > 0);
  if (named !== undefined) return { ...named, security: [] };
  const apt = debianMirrors(await readAptSources(aptDirectory));
  if (apt.main.length > 0) return { ...apt, source: `apt's sources in ${aptDirectory}` };
  throw new KilnError(
    'usage',
    `no Debian mirror is known: --mirror, KILN_MIRROR and the definition name none, and ${aptDirectory} has no Debian sources`,
    { hint: HINT },
  );
}

/** Splits a list of addresses and checks each. */
function addresses(list: string, source: string): readonly string[] {
  return list
    .split(/\s+/)
    .filter((address) => address !== '')
    .map((address) => {
      if (isWebAddress(address)) return withoutSlash(address);
      throw new KilnError('usage', `${source}: ${address} is not an http or https address`, {
        hint: HINT,
      });
    });
}

/**
 * Debian's own archives among apt's sources. A mirror has all suites, so any release will do. Others'
 * archives may look alike (`https://…/debian bookworm main`); the keyring they name tells them apart.
 */
function debianMirrors(sources: readonly AptSource[]): Pick<Bases, 'main' | 'security'> {
  const ours = sources.filter(
    ({ uri, suites, components, signedBy }) =>
      isWebAddress(uri) &&
      suites.some((suite) => DEBIAN_SUITE.test(suite)) &&
      components.includes('main') &&
      (signedBy === undefined || /(^|\/)debian-archive-[^/]*$/.test(signedBy)),
  );
  const basesOf = (path: RegExp): readonly string[] => [
    ...new Set(ours.map(({ uri }) => withoutSlash(uri)).filter((uri) => path.test(uri))),
  ];
  return {
    main: basesOf(/\/debian(\/\d{8}T\d{6}Z)?$/),
    security: basesOf(/\/debian-security(\/\d{8}T\d{6}Z)?$/),
  };
}

/** Releases by name or role, with the suffixes that Debian uses. */
const DEBIAN_SUITE =
  /^(buster|bullseye|bookworm|trixie|forky|duke|sid|(old)*stable|testing|unstable)(-updates|-security|\/updates|-backports(-sloppy)?|-proposed-updates)?$/;

function isWebAddress(address: string): boolean {
  return /^https?:\/\//.test(address) && URL.canParse(address);
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '');
}

/** Storage services behind some mirrors read `+` as a space, so it is escaped, as apt does. */
function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function unknownArchive(archive: string, bases: Bases): KilnError {
  const tried = bases.main.map(publicUrl).join(' ');
  return new KilnError(
    'usage',
    `no address of the archive ${archive} is known: ${bases.source} names ${tried}, which does not end in /debian`,
    {
      hint:
        archive === SECURITY
          ? 'set KILN_MIRROR_SECURITY to the address of the security archive'
          : HINT,
    },
  );
}
