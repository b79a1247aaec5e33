import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { removeTree } from '../../builder/image/store/temporary.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { sha256OfFile } from '../../builder/report/sha256.ts';
import { kilnSite, siteText, startSite, writeSiteFile } from './site-files.ts';
import { assertFull, onSmallDisk } from './small-disk.ts';

const SOAK = process.env.KILN_SOAK !== undefined;
const WORKERS = 400;
const MOMENTS = SOAK ? 40 : 6;

/** Two versions of a site: every node of one is another in the other. */
const VERSIONS = {
  one: siteText(WORKERS),
  other: siteText(WORKERS).replaceAll('10.0.0.1]', '10.0.0.2]'),
} as const;
type Version = keyof typeof VERSIONS;

const scratch = await Scratch.create('site-interrupted');
const place = scratch.path;
const out = join(place, 'out/plant7');
test.after.always(() => removeTree(place));

type Digests = Readonly<Record<string, string>>;

/** What is in the directory of the site; the scratch directory of a killed run by its name alone. */
async function digests(directory = out): Promise<Digests> {
  const names = await readdir(directory).catch(() => []);
  const entries = names.sort().map(async (name) => {
    const isScratch = name.startsWith('kiln-site-');
    return [name, isScratch ? 'scratch' : await sha256OfFile(join(directory, name))] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** What each version is when nothing disturbs it; made elsewhere, with the same secrets. */
const whole: { [version in Version]?: Digests } = {};
let seconds = 0;

test.before(async (t) => {
  t.timeout(5 * 60_000);
  for (const version of ['one', 'other'] as const) {
    await writeSiteFile(place, VERSIONS[version]);
    const outcome = await kilnSite(place, ['plant7.yaml', '--out', version]);
    t.is(outcome.code, 0, outcome.stderr);
    seconds = outcome.seconds;
    whole[version] = await digests(join(place, version, 'plant7'));
  }
});

/** Makes a version, and ends it with a signal after some time; undefined when it had ended by itself. */
async function endAt(
  t: ExecutionContext,
  version: Version,
  second: number,
  signal: NodeJS.Signals,
) {
  await writeSiteFile(place, VERSIONS[version]);
  const run = startSite(place, ['plant7.yaml']);
  const early = await Promise.race([run.ended, delay(second * 1000)]);
  if (early !== undefined) return undefined;
  run.signal(signal);
  const outcome = await run.ended;
  t.log(`${signal} at ${second.toFixed(2)} s: ${outcome.code}, ${tallyOf(await digests())}`);
  return outcome;
}

function tallyOf(found: Digests): string {
  const count = (version: Version): number =>
    Object.entries(found).filter(([name, digest]) => digest === whole[version]?.[name]).length;
  return `${count('one')} files of one version, ${count('other')} of the other`;
}

/** Each file is one that a whole run of one of both versions writes. */
function assertWhole(t: ExecutionContext, found: Digests): void {
  for (const [name, digest] of Object.entries(found)) {
    // The index may know both.
    if (name === '.kiln-site.json' || digest === 'scratch') continue;
    t.true([whole.one?.[name], whole.other?.[name]].includes(digest), name);
  }
}

async function assertNextRunSucceeds(t: ExecutionContext, version: Version): Promise<void> {
  const { code, stderr } = await kilnSite(place, ['plant7.yaml']);
  t.is(code, 0, stderr);
  t.deepEqual(await digests(), whole[version]);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  test.serial(
    `${signal} at any moment leaves whole files, and the next run does the rest`,
    async (t) => {
      t.timeout(20 * 60_000);
      await rm(join(place, 'out'), { recursive: true, force: true });
      const count = signal === 'SIGTERM' ? 2 : MOMENTS;
      for (let i = 0; i < count; i += 1) {
        const version = i % 2 === 0 ? 'one' : 'other';
        const outcome = await endAt(t, version, (seconds * (i + 0.7)) / count, signal);
        const found = await digests();
        assertWhole(t, found);
        if (signal !== 'SIGKILL' && outcome !== undefined && outcome.code !== 0) {
          // Before Kiln listens to signals, one does to it what it does to any program.
          const codes: readonly number[] = [130, 128 + constants.signals[signal]];
          t.true(codes.includes(outcome.code), `${outcome.code}\n${outcome.stderr}`);
          t.false(Object.values(found).includes('scratch'), 'nothing else is left');
        }
        await assertNextRunSucceeds(t, version);
      }
    },
  );
}

test.serial(
  'a first run that is killed while it makes keys leaves no secrets, or all of them',
  async (t) => {
    t.timeout(5 * 60_000);
    const directory = join(place, 'first');
    await mkdir(directory);
    await writeSiteFile(directory, siteText(2));
    for (const second of [0.3, 0.6, 1.2]) {
      const run = startSite(directory, ['plant7.yaml']);
      const early = await Promise.race([run.ended, delay(second * 1000)]);
      if (early === undefined) run.signal('SIGINT');
      await run.ended;
      const names = (await readdir(directory)).filter((name) => name !== 'out');
      t.true(
        names.every((name) => ['plant7.yaml', 'plant7.secrets'].includes(name)),
        names.join(),
      );
    }
    const { code, stderr } = await kilnSite(directory, ['plant7.yaml']);
    t.is(code, 0, stderr);
  },
);

for (const megabytes of [1, 6, 14]) {
  test.serial(`seeds go to a disk of ${megabytes} MB, which is too small`, async (t) => {
    t.timeout(5 * 60_000);
    const small = join(place, 'small');
    await writeSiteFile(place, VERSIONS.one);
    await onSmallDisk(t, small, megabytes, async () => {
      assertFull(t, await kilnSite(place, ['plant7.yaml', '--out', small]), small);
      const found = await digests(join(small, 'plant7'));
      assertWhole(t, found);
      t.false(Object.values(found).includes('scratch'), 'nothing else is left');
    });
  });
}

test.serial('secrets on a full disk are not half written', async (t) => {
  t.timeout(5 * 60_000);
  const small = join(place, 'small');
  await onSmallDisk(t, small, 1, async () => {
    await writeSiteFile(small, siteText(2));
    const filler = join(small, 'filler');
    for (let i = 0; i < 400; i += 1) {
      const copied = await copyFile(join(place, 'plant7.yaml'), `${filler}-${i}`).then(
        () => true,
        () => false,
      );
      if (!copied) break;
    }
    const argv = [join(small, 'plant7.yaml'), '--out', join(place, 'other-out')];
    assertFull(t, await kilnSite(place, argv), small);
    const names = (await readdir(small)).filter((name) => !name.startsWith('filler'));
    t.deepEqual(names, ['plant7.yaml']);
  });
});
