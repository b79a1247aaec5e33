import { open, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { titleInNote } from '../../flash/disk/note.ts';
import { findImage } from '../../flash/image/release-image.ts';
import { siteSeeds } from '../../flash/site-seeds.ts';
import { describeError, KilnError } from '../../report/errors.ts';
import { SILENT } from '../../report/progress.ts';
import { Scratch } from '../../report/scratch.ts';
import { type FakeReader, fakeReader, personAt } from '../../testing/fake-reader.ts';
import { bytesOf } from '../../testing/flash-fixture.ts';
import { mappedOf, noise, writeSmallRelease } from '../../testing/release-fixture.ts';
import { card, firstController, site, siteNode, toySecrets } from '../../testing/site-fixture.ts';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import { hostArch } from '../../tools/toolbox.ts';
import type { FlashOptions } from './errand.ts';
import { flashRack } from './rack.ts';

const MEBIBYTE = 1024 * 1024;
const CARD_BYTES = 700 * MEBIBYTE;
const OLD = noise(MEBIBYTE, 'old');

const fixture = makeFixture();
test.after.always(async () => (await fixture).scratch[Symbol.asyncDispose]());

async function makeFixture() {
  const scratch = await Scratch.create('rack');
  const release = join(scratch.path, 'small');
  await writeSmallRelease(release, await testToolbox(), { rootBytes: 2 * MEBIBYTE });
  return { scratch, release, image: await findImage(release) };
}

const arch = hostArch();
const SITE = site([
  firstController({ arch }),
  siteNode('w1', 'worker', 21, {
    arch,
    links: [card('10.0.0.21', { mac: '52:54:00:00:00:21' })],
  }),
  siteNode('far', 'worker', 22, { arch: arch === 'arm64' ? 'x86_64' : 'arm64' }),
]);
const seedOf = siteSeeds(SITE, toySecrets(SITE));

interface Scene {
  readonly deeds: (reader: FakeReader) => readonly (() => unknown)[];
  readonly answers?: readonly string[];
  readonly options?: Partial<FlashOptions>;
  readonly isTTY?: boolean;
  readonly controller?: AbortController;
}

/** Goes through the rack with a reader, and somebody who does this and that. */
async function play(t: ExecutionContext, scene: Scene, release?: string) {
  t.timeout(120_000);
  const { image, release: whole } = await fixture;
  const { answers = [], options = {}, isTTY = true, controller = new AbortController() } = scene;
  const directory = await emptyDirectory(t);
  const reader = await fakeReader(directory);
  const { place, said, printed } = personAt(reader.root, scene.deeds(reader), answers, { isTTY });
  const warned: string[] = [];
  const session = {
    progress: { ...SILENT, warn: (text: string) => void warned.push(`warning: ${text}\n`) },
    ...{ signal: controller.signal, env: {}, now: new Date(0) },
  };
  const job = {
    ...{ release: 'out/small', file: 'plant7.yaml', site: SITE, seedOf },
    image: release === undefined ? image : await findImage(release),
    options: { verify: true, ...options },
  };
  const error = await flashRack(job, session, place).then(
    () => undefined,
    (cause: unknown) => describeError(cause),
  );
  const plain = (text: string): string =>
    text
      .replaceAll(directory, '')
      .replaceAll(release ?? whole, 'out/small')
      .replaceAll(/\d+\.\d s,/g, 'N s,')
      .replaceAll(/x86_64|arm64/g, 'ARCH');
  return {
    disk: join(directory, 'dev/sdb'),
    story: plain(`${said()}${warned.join('')}${error ?? ''}`),
    printed: plain(printed()),
    hasFailed: error !== undefined,
  };
}

const wait = () => undefined;

/** Whether a disk has the image, and the seed of a node at its end. */
async function assertNode(t: ExecutionContext, disk: string, name: string): Promise<void> {
  const node = SITE.nodes.find((each) => each.name === name);
  if (node === undefined) throw new Error(name);
  const { bytes } = seedOf(node);
  const { size } = await stat(disk);
  const end = Math.floor((size - 33 * 512) / MEBIBYTE) * MEBIBYTE;
  const found = await bytesOf(disk, end - bytes.length, bytes.length);
  t.true(found.equals(bytes), `the seed of ${name}`);
  t.is(titleInNote(await bytesOf(disk, 0, 512)), undefined);
  t.is((await bytesOf(disk, 512, 8)).toString(), 'EFI PART');
}

test('each node gets its own card, and a label', async (t) => {
  const labels = join(await emptyDirectory(t), 'labels.html');
  const first = join(await emptyDirectory(t), 'card of c1');
  const played = await play(t, {
    deeds: ({ insert, eject, root }) => [
      wait,
      () => insert(CARD_BYTES, OLD),
      wait,
      wait,
      async () => {
        await rename(join(root, 'dev/sdb'), first);
        await eject();
      },
      () => insert(CARD_BYTES + 512),
      wait,
    ],
    answers: ['yes', 'yes'],
    options: { labels },
  });
  t.false(played.hasFailed);
  t.snapshot(played.story.replaceAll(labels, 'labels.html'));
  t.snapshot(played.printed.replaceAll(/(seed +)\S+/g, '$1UUID'), 'printed');
  await assertNode(t, first, 'c1');
  await assertNode(t, played.disk, 'w1');
  const sheet = await readFile(labels, 'utf8');
  t.regex(sheet, /id="plant7\/c1"(.|\n)*id="plant7\/w1"/);
});

test('the card of another node is not taken for an empty one', async (t) => {
  const again = (answers: readonly string[], options: Partial<FlashOptions>): Scene => ({
    deeds: ({ insert, eject, reinsert }) => [
      () => insert(CARD_BYTES),
      wait,
      eject,
      reinsert,
      wait,
      eject,
      () => insert(CARD_BYTES),
      wait,
    ],
    ...{ answers, options },
  });
  const asked = await play(t, again(['yes', 'no', 'yes'], {}));
  t.snapshot(asked.story);
  await assertNode(t, asked.disk, 'w1');
  const unasked = await play(t, { ...again([], { yes: true }), isTTY: false });
  t.snapshot(unasked.story, 'with --yes');
  await assertNode(t, unasked.disk, 'w1');
});

test('who interrupts between two cards is told how to go on', async (t) => {
  const controller = new AbortController();
  const { story, disk } = await play(t, {
    deeds: ({ insert, eject }) => [
      () => insert(CARD_BYTES),
      wait,
      eject,
      () => controller.abort(new KilnError('interrupted', 'interrupted')),
    ],
    options: { yes: true, internal: true, verify: false, only: 'c1,w1', secrets: 'my secrets' },
    controller,
  });
  t.snapshot(story);
  await assertNode(t, disk, 'c1');
});

test('a card that fails is not the end; a damaged release is', async (t) => {
  // It takes nothing at all.
  const broken = await play(t, {
    deeds: ({ insert, eject, root }) => [
      async () => {
        await insert(CARD_BYTES);
        await rm(join(root, 'dev/sdb'));
        await symlink('/dev/full', join(root, 'dev/sdb'));
      },
      wait,
      eject,
      async () => {
        await rm(join(root, 'dev/sdb'));
        await insert(CARD_BYTES);
      },
      wait,
    ],
    options: { only: 'w1', yes: true },
  });
  t.snapshot(broken.story.replaceAll(/bytes? \d+( to \d+)?/g, 'bytes N'));
  await assertNode(t, broken.disk, 'w1');

  const damaged = join(await emptyDirectory(t), 'small');
  const raw = await writeSmallRelease(damaged, await testToolbox(), { rootBytes: 2 * MEBIBYTE });
  const [, , , [start = 0] = []] = await mappedOf(raw);
  await using file = await open(raw, 'r+');
  await file.write(Buffer.from('damage'), 0, 6, start + 99);
  const deeds: Scene['deeds'] = ({ insert }) => [() => insert(CARD_BYTES), wait];
  const { story } = await play(t, { deeds, options: { yes: true } }, damaged);
  t.regex(story, /error: out\/small\S+ is damaged/);
  t.regex(story, /0 of 2 cards are written\. Go on with:/);
});

test('nobody to ask, a closed terminal, labels that cannot be: said before a card is lost', async (t) => {
  const none = await play(t, { deeds: () => [], isTTY: false });
  t.snapshot(none.story);
  const svg = await play(t, { deeds: () => [], options: { labels: 'labels.svg' } });
  t.snapshot(svg.story);
  const closed = await play(t, { deeds: ({ insert }) => [() => insert(CARD_BYTES, OLD), wait] });
  t.snapshot(closed.story);
  t.true((await bytesOf(closed.disk, 0, MEBIBYTE)).equals(OLD));
});
