import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { KilnError } from '../report/errors.ts';
import { describeDiagnostic } from '../report/format.ts';
import { gather } from '../report/gather.ts';
import type { Progress } from '../report/progress.ts';
import { loadSite } from './definition/load.ts';
import type { Site } from './definition/site.ts';
import { contentsOf } from './output/contents.ts';
import type { MadeSite } from './output/summary.ts';
import { writeSite } from './output/write-site.ts';
import type { Opened } from './secrets/open.ts';

/** What making sites works with: every place that it may write, and every door to the outside. */
export interface SiteWork {
  /** Directory of sites' directories. */
  readonly out: string;
  /** Where a site's secrets are, or will be. */
  bundlePath(site: NamedSite): string;
  /** Opens a site's secrets, or makes them. */
  openSecrets(site: NamedSite): Promise<Opened>;
  /** Whether seeds are also laid out for a web server; if nothing is said, as they were. */
  readonly http?: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A site that was read, and the file that it was read from. */
export interface NamedSite {
  readonly file: string;
  readonly site: Site;
}

interface OpenSite extends NamedSite {
  readonly secretsFile: string;
  readonly opened: Opened;
}

/** Reading a file takes the processor alone; making keys has threads of its own. */
const READ_AT_ONCE = 4;
/** A site has five keys, and the threads are four: so many sites keep them all at work. */
const OPEN_AT_ONCE = 4;

/**
 * Makes the seeds of sites: Site → Secrets → NodeFiles → SeedIso. Every site file is right, and every bundle of
 * secrets open, before anything is written that could be wrong.
 */
export async function makeSites(
  files: readonly string[],
  work: SiteWork,
): Promise<readonly MadeSite[]> {
  const sites = await readSites(files, work);
  const open = await openBundles(sites, work);
  return await writeSites(open, work);
}

async function readSites(
  files: readonly string[],
  { progress, signal }: SiteWork,
): Promise<readonly NamedSite[]> {
  return await progress.step(titleOf('Reading', files), async (meter) => {
    meter.expect(files.length);
    const told = new Set<string>();
    const sites = await gather(files, READ_AT_ONCE, async (file) => {
      signal.throwIfAborted();
      const { site, warnings } = await loadSite(file);
      // What is unusual in a template that sites share is told once.
      for (const text of warnings.map(describeDiagnostic)) {
        if (!told.has(text)) progress.warn(text);
        told.add(text);
      }
      meter.advance(1);
      return { file, site };
    });
    checkNames(sites);
    return sites;
  });
}

/** Two sites of one name would be written to one directory. */
function checkNames(sites: readonly NamedSite[]): void {
  const known = new Map<string, string>();
  for (const { file, site } of sites) {
    const other = known.get(site.name);
    if (other !== undefined) {
      throw new KilnError('definition', `${other} and ${file} are both the site "${site.name}"`, {
        hint: 'give each site a name of its own: key "site"',
      });
    }
    known.set(site.name, file);
  }
}

/** Bundles that are there come first: one that cannot be opened shows before new ones are made. */
async function openBundles(
  sites: readonly NamedSite[],
  work: SiteWork,
): Promise<readonly OpenSite[]> {
  const { progress } = work;
  const places = sites.map((each) => ({
    ...each,
    secretsFile: work.bundlePath(each),
  }));
  const arePresent = await Promise.all(places.map(({ secretsFile }) => isThere(secretsFile)));
  const title = titleOf(
    'Opening the secrets of',
    sites.map(({ file }) => file),
  );
  return await progress.step(title, async (meter) => {
    meter.expect(places.length);
    const opened: OpenSite[] = [];
    for (const wanted of [true, false]) {
      const now = [...places.entries()].filter(([i]) => arePresent[i] === wanted);
      await gather(now, OPEN_AT_ONCE, async ([i, place]) => {
        work.signal.throwIfAborted();
        opened[i] = { ...place, opened: await work.openSecrets(place) };
        meter.advance(1);
      });
    }
    return opened;
  });
}

async function writeSites(
  sites: readonly OpenSite[],
  { out, http, progress, signal }: SiteWork,
): Promise<readonly MadeSite[]> {
  const title = titleOf(
    'Writing the seeds of',
    sites.map(({ file }) => file),
  );
  return await progress.step(title, async (meter) => {
    meter.expect(sites.reduce((sum, { site }) => sum + site.nodes.length, 0));
    const made: MadeSite[] = [];
    for (const { site, secretsFile, opened } of sites) {
      const written = await writeSite(join(out, site.name), contentsOf(site, opened.secrets), {
        ...(http !== undefined && { http }),
        ...{ signal, meter },
      });
      made.push({ site, secretsFile, opened, written });
    }
    return made;
  });
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

function titleOf(what: string, files: readonly string[]): string {
  const [first = '', ...more] = files;
  return `${what} ${more.length === 0 ? first : `${files.length} sites`}`;
}
