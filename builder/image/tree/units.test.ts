import { cpSync, mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Report } from '../../report/diagnostic.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import { type Files, temporaryDirectory, treeOf, writeFiles } from '../../testing/tree-fixture.ts';
import { run } from '../../tools/run.ts';
import { compareBytes } from './byte-order.ts';
import { mergeLayers } from './merge.ts';
import { readOverlay } from './overlay.ts';
import type { Tree } from './tree.ts';
import { SYSTEM_UNITS, type UnitScope, USER_UNITS } from './unit-files.ts';
import { presetAll } from './units.ts';

const UNITS = 'usr/lib/systemd/system';
const ETC = 'etc/systemd/system';
const PRESETS = 'usr/lib/systemd/system-preset';

/** Every oddity of units that systemd 257 knows when it enables them. */
const ODDITIES: Files = {
  [`${UNITS}/plain.service`]:
    '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n',
  [`${UNITS}/static.service`]: '[Unit]\nDescription=No Install section\n',
  [`${UNITS}/notaunit.txt`]: '[Install]\nWantedBy=f.target\n',
  [`${UNITS}/badwant.service`]: '[Install]\nWantedBy=nonsense\n',
  [`${UNITS}/quoted.service`]:
    '[Install]\nWantedBy="q.target" r.target\nAlias=s.target.wants/quoted.service\n',
  // Aliases
  [`${UNITS}/alias.service`]:
    '[Install]\nAlias=other.service wrong.socket also@x.service\nWantedBy=multi-user.target\n',
  [`${UNITS}/named.service`]: '-> alias.service',
  'usr/local/lib/systemd/system/relalias.service':
    '-> ../../../../lib/systemd/system/plain.service',
  [`${UNITS}/taken.service`]: '[Install]\nAlias=plain.service\n',
  [`${UNITS}/loop1.service`]: '-> loop2.service',
  [`${UNITS}/loop2.service`]: '-> loop1.service',
  [`${UNITS}/dangling.service`]: '-> /nowhere.service',
  // Templates and instances
  [`${UNITS}/tmpl@.service`]:
    '[Install]\nDefaultInstance=one\nWantedBy=a.target b@%i.service\nAlias=talias@.service talias@two.service tplain.service\n',
  [`${UNITS}/inst@.service`]:
    '[Install]\nWantedBy=c.target %j-%p.target d@.target\nAlias=ialias@.service jalias@tty9.service jalias@a.service\n',
  [`${UNITS}/dash-ed@.service`]:
    '[Install]\nDefaultInstance=i\nWantedBy=%p.target %j.target %N.target x-%n\n',
  [`${UNITS}/open@.service`]: '[Install]\nWantedBy=e.target e@.service e@z.service\n',
  [`${UNITS}/link@5.service`]: '-> open@.service',
  // Also=
  [`${UNITS}/also.service`]:
    '[Install]\nWantedBy=f.target\nAlso=disabled.service missing.service masked.service tgt@x.service named.service\n',
  [`${UNITS}/disabled.service`]: '[Install]\nWantedBy=f.target\nAlso=disabled2.service\n',
  [`${UNITS}/disabled2.service`]: '[Install]\nRequiredBy=f.target\n',
  [`${UNITS}/tgt@.service`]: '[Install]\nWantedBy=g.target\n',
  [`${UNITS}/x.socket`]: '[Install]\nWantedBy=sockets.target\nAlso=x.service\n',
  [`${UNITS}/x.service`]: '[Install]\nAlso=x.socket\nWantedBy=multi-user.target\n',
  // Masks
  [`${UNITS}/masked.service`]: '[Install]\nWantedBy=f.target\n',
  [`${ETC}/masked.service`]: '-> /dev/null',
  [`${UNITS}/empty.service`]: '',
  // Drop-ins
  [`${UNITS}/dropin.service`]: '[Install]\nWantedBy=f.target\n',
  [`${UNITS}/dropin.service.d/10-x.conf`]: '[Install]\nWantedBy=hidden.target\n',
  [`${ETC}/dropin.service.d/10-x.conf`]:
    '[Install]\nWantedBy=\nWantedBy=k.target\nUpheldBy=up.service\n',
  [`${ETC}/dropin.service.d/20-y.conf`]:
    '# WantedBy=no.target\n[Install]\n; x\nWantedBy=l.target\\\n m.target\n',
  [`${UNITS}/inst@.service.d/a.conf`]: '[Install]\nRequiredBy=tdrop.target\n',
  [`${UNITS}/inst@a.service.d/b.conf`]: '[Install]\nRequiredBy=idrop.target\n',
  // Precedence and linked units
  [`${UNITS}/over.service`]: '[Install]\nWantedBy=low.target\n',
  'usr/local/lib/systemd/system/over.service': '[Install]\nWantedBy=high.target\n',
  'opt/linked.service': '[Install]\nWantedBy=n.target\n',
  [`${ETC}/linked.service`]: '-> /opt/linked.service',
  // What was enabled before
  [`${UNITS}/wasenabled.service`]: '[Install]\nWantedBy=o.target\n',
  [`${UNITS}/woff@.service`]: '[Install]\nWantedBy=p.target\n',
  [`${UNITS}/ignored.service`]: '[Install]\nWantedBy=o.target\n',
  [`${ETC}/o.target.wants/wasenabled.service`]: `-> /${UNITS}/wasenabled.service`,
  [`${ETC}/p.target.wants/foo.service`]: `-> /${UNITS}/wasenabled.service`,
  [`${ETC}/p.target.wants/static.service`]: `-> /${UNITS}/static.service`,
  [`${ETC}/p.target.wants/ignored.service`]: `-> /${UNITS}/ignored.service`,
  [`${ETC}/p.target.wants/woff@3.service`]: `-> /${UNITS}/woff@.service`,
  // Presets
  [`${PRESETS}/10-a.preset`]:
    '# c\n;c\nenable plain.service\nenable inst@.service a b\nenable tgt@.service\ndisable disabled*.service\n' +
    'disable wasenabled.service\ndisable woff@.service\nignore ignored.service\nenable nottemplate.service x\nbogus foo\n',
  [`${PRESETS}/20-m.preset`]: 'disable over.service\n',
  'etc/systemd/system-preset/20-m.preset': '-> /dev/null',
  [`${PRESETS}/90-x.preset`]: 'enable late.service\ndisable plain.service\n',
};

async function linksAfter(tree: Tree, ...scopes: readonly UnitScope[]): Promise<readonly string[]> {
  const links = new Map(
    [...tree].flatMap(([path, entry]) =>
      entry.kind === 'symlink' && path.startsWith('etc/systemd/')
        ? [[path, entry.target] as const]
        : [],
    ),
  );
  for (const scope of scopes) {
    const { removed, links: made } = await presetAll(tree, scope, 0);
    for (const path of removed) links.delete(path);
    for (const link of made) if (link.kind === 'symlink') links.set(link.path, link.target);
  }
  return [...links].map(([path, target]) => `${path} -> ${target}`).sort(compareBytes);
}

function linksOnDisk(directory: string): readonly string[] {
  const top = join(directory, 'etc/systemd');
  const entries = readdirSync(top, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isSymbolicLink())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => `${path.slice(directory.length + 1)} -> ${readlinkSync(path)}`)
    .sort(compareBytes);
}

async function systemctl(root: string, ...args: readonly string[]): Promise<void> {
  const toolbox = await testToolbox();
  // Masked and broken units make it fail at the end, but do not keep it from the others.
  const options = { env: toolbox.env, okExitCodes: [0, 1] };
  await run([...toolbox.command('systemctl'), `--root=${root}`, ...args, 'preset-all'], options);
}

test('odd units are enabled as written down here', async (t) => {
  t.snapshot((await linksAfter(treeOf(ODDITIES), SYSTEM_UNITS)).join('\n'));
});

test('odd units are enabled as systemctl preset-all enables them', async (t) => {
  t.timeout(300_000);
  const directory = temporaryDirectory(t);
  writeFiles(directory, ODDITIES);
  await systemctl(directory);
  t.deepEqual(await linksAfter(treeOf(ODDITIES), SYSTEM_UNITS), linksOnDisk(directory));
});

test("systemd's own units are enabled as systemctl preset-all enables them, for users too", async (t) => {
  t.timeout(300_000);
  const { root } = await testToolbox();
  const directory = temporaryDirectory(t);
  for (const name of ['system', 'user', 'system-preset', 'user-preset']) {
    const path = `usr/lib/systemd/${name}`;
    cpSync(join(root, path), join(directory, path), { recursive: true, verbatimSymlinks: true });
  }
  mkdirSync(join(directory, 'etc/systemd'), { recursive: true });
  const { entries } = await readOverlay(directory, {}, 0, new Report());
  const layer = { name: 'x', advice: '', entries, mayReplace: () => true };
  const tree = mergeLayers(new Map(), [layer], 0);
  await systemctl(directory);
  await systemctl(directory, '--global');
  const links = await linksAfter(tree, SYSTEM_UNITS, USER_UNITS);
  t.deepEqual(links, linksOnDisk(directory));
  t.true(links.length > 10);
});
