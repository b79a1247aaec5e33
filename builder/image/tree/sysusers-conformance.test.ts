import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { testToolbox } from '../../testing/toolbox.ts';
import {
  EPOCH,
  sourcesOf,
  temporaryDirectory,
  treeOf,
  writeFiles,
} from '../../testing/tree-fixture.ts';
import { run } from '../../tools/run.ts';
import { accountFiles } from './account-files.ts';
import { findAccounts } from './accounts.ts';
import { compareBytes } from './byte-order.ts';
import { readContent } from './content.ts';

const PASSWD = 'root:x:0:0:root:/root:/bin/bash\nsync:x:4:65534:sync:/bin:/bin/sync\n';
const GROUP = 'root:x:0:\nadm:x:4:\nshadow:x:42:\nnogroup:x:65534:\n';
const CONF = {
  'usr/lib/sysusers.d/10-a.conf': `
u! net 998 "Network Management"
u root 0 "Ignored: root exists" / /bin/zsh
g render 997
m net render
u sshd 981:nogroup 'sshd "user"' /run/sshd
u odd 77:adm - /var/odd /bin/sh
u own 78
g own 79
u zero 500:render
m sshd shadow
m sshd render
u cent 501 "100%%" %T
`,
  'usr/lib/sysusers.d/20-b.conf': 'u late 502 "Not this"\n',
  'etc/sysusers.d/20-b.conf': 'u late 503 "But this"\nu net 997 "Too late"\n',
  'usr/lib/sysusers.d/30-c.conf': 'u masked 504\n',
  'etc/sysusers.d/30-c.conf': '-> /dev/null',
};

/** Lines in a stable order, members of groups too. */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines
    .map((line) => line.replace(/[^:]*$/, (last) => last.split(',').sort().join(',')))
    .sort(compareBytes);
}

test('accounts are those that systemd-sysusers makes', async (t) => {
  t.timeout(300_000);
  const toolbox = await testToolbox();
  const root = temporaryDirectory(t);
  writeFiles(root, { ...CONF, 'etc/passwd': PASSWD, 'etc/group': GROUP });
  await run([...toolbox.command('systemd-sysusers'), `--root=${root}`], { env: toolbox.env });

  const master = (text: string) => text.replaceAll(':x:', ':*:');
  const tree = treeOf({
    ...CONF,
    'usr/share/base-passwd/passwd.master': master(PASSWD),
    'usr/share/base-passwd/group.master': master(GROUP),
  });
  const nothing = { users: [], ids: {} };
  const accounts = await findAccounts(tree, nothing, sourcesOf(''), { T: '/tmp' });
  const made = new Map(accountFiles(accounts, EPOCH).map((entry) => [entry.path, entry]));
  const textOf = async (path: string) => {
    const entry = made.get(path);
    return entry?.kind === 'file' ? (await readContent(entry.content)).toString() : '';
  };
  for (const name of ['passwd', 'group']) {
    const theirs = readFileSync(join(root, 'etc', name), 'utf8');
    t.deepEqual(linesOf(await textOf(`etc/${name}`)), linesOf(theirs), name);
  }
  // It makes no lines for accounts that were there before, and notes the day of the change.
  chmodSync(join(root, 'etc/shadow'), 0o600);
  const shadow = readFileSync(join(root, 'etc/shadow'), 'utf8').replace(
    /^([^:]*:[^:]*):\d+:/gm,
    '$1::',
  );
  const ours = linesOf(await textOf('etc/shadow'));
  t.deepEqual(
    ours.filter((line) => !/^(?:root|sync):/.test(line)),
    linesOf(shadow),
  );
});
