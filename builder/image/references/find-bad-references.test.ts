import test, { type ExecutionContext } from 'ava';
import { joinFindings, placeOf } from '../../report/diagnostic.ts';
import { SILENT } from '../../report/progress.ts';
import { Scratch } from '../../report/scratch.ts';
import type { DebContents } from '../../testing/deb-builder.ts';
import { readImage, SMALLEST_IMAGE } from '../../testing/image-files.ts';
import { RELEASE } from '../../testing/kernel-fixture.ts';
import { MirrorServer } from '../../testing/mirror-server.ts';
import { ARCHIVE_DAY, buildSuite, makeKey, writeKeys } from '../../testing/signed-archive.ts';
import type { Reading } from '../definition/load.ts';
import { makeLock } from '../lock/lock.ts';
import { requestOfDraft } from '../lock/lock-request.ts';
import type { Lockfile } from '../lock/lockfile.ts';
import { findMirrors } from '../store/mirrors.ts';
import { Store } from '../store/store.ts';
import { findBadReferences } from './find-bad-references.ts';
import type { Library } from './library.ts';

const KEY = await makeKey('Archive');
const KERNEL = `linux-image-${RELEASE}`;
const KERNEL_DEB = `/debian/pool/main/l/${KERNEL}/${KERNEL}_6.12.deb`;

function deb(Package: string, Version: string, Depends = ''): DebContents {
  return { control: { Package, Version, Architecture: 'amd64', Depends } };
}

function kernel(): DebContents {
  const modules = `./usr/lib/modules/${RELEASE}`;
  return {
    ...deb(KERNEL, '6.12'),
    data: [
      { name: `./boot/vmlinuz-${RELEASE}`, body: 'the kernel' },
      { name: `./boot/config-${RELEASE}`, body: 'CONFIG_MODULES=y\n' },
      { name: `${modules}/kernel/net/vxlan.ko.xz`, body: 'a module' },
      { name: `${modules}/modules.builtin`, body: 'kernel/fs/fuse.ko\n' },
      { name: `${modules}/modules.builtin.modinfo`, body: '' },
      { name: `${modules}/modules.order`, body: '' },
    ],
  };
}

/** An archive with a kernel, and a store of the test's own. */
async function setup(t: ExecutionContext) {
  const packages = [deb('bash', '5.2'), deb('linux-image-amd64', '6.12', KERNEL), kernel()];
  const mirror = await MirrorServer.start(
    await buildSuite('debian', { suite: 'trixie', packages }, [KEY]),
  );
  const scratch = await Scratch.create('references');
  t.teardown(async () => {
    await mirror[Symbol.asyncDispose]();
    await scratch[Symbol.asyncDispose]();
  });
  const env = { KILN_MIRROR: `${mirror.url}/debian` };
  const library: Library = {
    store: await Store.open(scratch.path),
    findLock: async () => undefined,
    findMirrors: () => findMirrors({ env, definition: [] }),
    keysDirectory: await writeKeys(scratch.path, [KEY]),
    now: new Date(ARCHIVE_DAY.getTime() + 3_600_000),
    progress: SILENT,
    signal: new AbortController().signal,
  };
  return { mirror, library };
}

async function lockOf(reading: Reading, library: Library): Promise<Lockfile> {
  const request = requestOfDraft(reading);
  if (request === undefined) throw new Error('nothing to lock');
  return makeLock({ ...library, request, mirrors: await library.findMirrors() });
}

/** Line and column of each finding, with its message. */
async function findingsOf(reading: Reading, library: Library) {
  const { diagnostics, obstacle } = await findBadReferences(reading, async () => library);
  const all = joinFindings(reading.diagnostics, diagnostics).map(({ message, at }) => {
    return `${at && placeOf(at).replace(/^.*yaml:/, '')} ${message}`;
  });
  return { all, obstacle };
}

/** One of each: a key, a package, a flavour's kernel that is right, modules, a wrong type. */
const WRONG = `${SMALLEST_IMAGE.replace('[bash]', '[bash, bsah]').replace(
  '{ flavour: amd64 }',
  '{ flavour: amd64, modules: [vxlna, fuse], cmdline: quiet }',
)}initrd: { modules: [vxlan, fues] }
nmae: tiny
`;
const WRONG_IN_ITSELF = [
  '6:60 expected a list, but this is text',
  '9:1 unknown key "nmae"; did you mean "name"?',
];

test('what is wrong in the file, its packages and its modules is found at once, by place', async (t) => {
  const { library } = await setup(t);
  const { all, obstacle } = await findingsOf(await readImage(t, WRONG), library);
  t.is(obstacle, undefined);
  t.snapshot(all);
});

test('a CNI for which the kernel has not everything is found', async (t) => {
  const { library } = await setup(t);
  const reading = await readImage(t, SMALLEST_IMAGE);
  const naming = (...cni: string[]) => ({ ...reading, draft: { ...reading.draft, cni } });
  const { all } = await findingsOf(naming('calico/vxlan'), library);
  t.is(all.length, 1);
  t.regex(all[0] ?? '', /does not have everything that "calico\/vxlan" needs/);
  t.deepEqual((await findingsOf(naming('unheard-of'), library)).all, []);
});

test('while the lock fits, the kernel in it is asked, and no mirror', async (t) => {
  const { library, mirror } = await setup(t);
  const reading = await readImage(t, WRONG.replace(', bsah', ''));
  const lock = await lockOf(reading, library);
  const before = mirror.requests.length;
  const { all } = await findingsOf(reading, { ...library, findLock: async () => lock });
  t.is(all.filter((each) => each.includes('no such module')).length, 2);
  t.is(mirror.requests.length, before);
});

test('a lock that does not fit is not asked', async (t) => {
  const { library } = await setup(t);
  const lock = await lockOf(await readImage(t, SMALLEST_IMAGE), library);
  const findLock = async () => lock;
  const { all } = await findingsOf(await readImage(t, WRONG), { ...library, findLock });
  t.true(all.some((each) => each.includes('no suite has a package "bsah"')));
});

test('without a mirror, what is wrong in the file itself is found, and why there is no more', async (t) => {
  const { library, mirror } = await setup(t);
  mirror.misbehave('*', { kind: 'status', status: 404 }, Number.POSITIVE_INFINITY);
  const { all, obstacle } = await findingsOf(await readImage(t, WRONG), library);
  t.deepEqual(all, WRONG_IN_ITSELF);
  t.is(obstacle?.code, 'download');
});

test('without the kernel, unknown packages are found all the same', async (t) => {
  const { library, mirror } = await setup(t);
  mirror.misbehave(KERNEL_DEB, { kind: 'status', status: 404 }, Number.POSITIVE_INFINITY);
  const { all, obstacle } = await findingsOf(await readImage(t, WRONG), library);
  t.is(all.length, WRONG_IN_ITSELF.length + 1);
  t.is(obstacle?.code, 'download');
});

test('nothing is fetched for a file that does not say where packages come from', async (t) => {
  const { library, mirror } = await setup(t);
  const { all } = await findingsOf(await readImage(t, WRONG.replace('x86_64', 'amd64')), library);
  t.is(all.length, WRONG_IN_ITSELF.length + 1);
  t.deepEqual(mirror.requests, []);
});
