import { join } from 'node:path';
import test from 'ava';
import { KilnError } from '../report/errors.ts';
import { PROJECT_DIRECTORY } from './definition/project.ts';
import type { Lockfile } from './lock/lockfile.ts';
import { loadReviewedScripts } from './lock/maintscripts.ts';
import { refuseLostThings } from './lost-things.ts';
import { textContent } from './tree/content.ts';
import type { Tree, TreeEntry } from './tree/tree.ts';

const COMMON = { mode: 0o755, uid: 0, gid: 0, mtime: 0, origin: 'test' };

function treeOf(...entries: readonly TreeEntry[]): Tree {
  return new Map(entries.map((entry) => [entry.path, entry]));
}

function file(path: string, text = ''): TreeEntry {
  return { ...COMMON, path, kind: 'file', content: textContent(text) };
}

function directory(path: string): TreeEntry {
  return { ...COMMON, path, kind: 'directory' };
}

/** A lock with one package, whose script is one that Kiln's list knows. */
async function lockWith(name: string, script: string): Promise<Lockfile> {
  const list = await loadReviewedScripts(join(PROJECT_DIRECTORY, 'images', 'maintscripts.yaml'));
  const [digest = ''] =
    list.find((entry) => entry.package === name && entry.script === script)?.sha256 ?? [];
  const locked = {
    ...{ name, version: '1', architecture: 'amd64', archive: 'debian', suite: 'trixie' },
    ...{ path: 'pool/a.deb', sizeBytes: 1, sha256: digest, because: ['a.yaml'] },
    scripts: { [script]: digest },
  };
  return {
    ...{ version: 1, arch: 'x86_64', epoch: 1, indexes: [] },
    definition: { file: 'a.yaml', sha256: digest },
    packages: [locked],
  };
}

function check(lock: Lockfile, full: Tree, root: Tree = treeOf()): Promise<void> {
  return refuseLostThings(lock, { full, root, copyright: [], osRelease: '' }, 'a.yaml');
}

test('what a script would have made is missed, with the reason why it is not run', async (t) => {
  const lock = await lockWith('dash', 'postinst');
  const error = await t.throwsAsync(check(lock, treeOf(directory('usr'))), {
    instanceOf: KilnError,
    code: 'definition',
  });
  t.regex(
    error?.message ?? '',
    /^a\.yaml lacks something.*dash: postinst would have made \/usr\/bin\/sh/s,
  );
});

test('what is there before the exclusions is not lost', async (t) => {
  const lock = await lockWith('dash', 'postinst');
  await t.notThrowsAsync(
    check(lock, treeOf(directory('usr'), directory('usr/bin'), file('usr/bin/sh'))),
  );
});

test('what is made after the exclusions is not lost', async (t) => {
  const lock = await lockWith('dash', 'postinst');
  await t.notThrowsAsync(
    check(lock, treeOf(), treeOf(directory('usr'), directory('usr/bin'), file('usr/bin/sh'))),
  );
});

test('users and groups count', async (t) => {
  const lock = await lockWith('dbus-system-bus-common', 'postinst');
  const etc = directory('etc');
  await t.throwsAsync(check(lock, treeOf(etc, file('etc/group', 'root:x:0:\n'))), {
    message: /user or group messagebus/,
  });
  const passwd = file('etc/passwd', 'messagebus:x:980:980::/:/usr/sbin/nologin\n');
  await t.notThrowsAsync(check(lock, treeOf(etc, passwd)));
});
