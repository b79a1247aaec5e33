import test from 'ava';
import {
  EPOCH,
  type Files,
  failureOf,
  listing,
  sourcesOf,
  treeOf,
} from '../../testing/tree-fixture.ts';
import type { User } from '../definition/definition.ts';
import { accountFiles } from './account-files.ts';
import { findAccounts } from './accounts.ts';

const MASTERS: Files = {
  'usr/share/base-passwd/passwd.master':
    'root:*:0:0:root:/root:/bin/bash\nsync:*:4:65534:sync:/bin:/bin/sync\nnobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  'usr/share/base-passwd/group.master': 'root:*:0:\nadm:*:4:\nshadow:*:42:\nnogroup:*:65534:\n',
};

interface Wanted {
  readonly files?: Files;
  readonly conf?: string;
  readonly users?: readonly User[];
  readonly ids?: Readonly<Record<string, number>>;
}

const SOURCE = `name: x
ids:
  net: 900
  two: 900
  adm: 5
users:
  etcd: { uid: 960, groups: [nowhere, shadwo] }
  adm: { uid: 5 }
`;

async function find({ files = MASTERS, conf = '', users = [], ids = {} }: Wanted) {
  const tree = treeOf({ ...files, 'usr/lib/sysusers.d/x.conf': conf }, 'x 1.0');
  const accounts = await findAccounts(tree, { users, ids }, sourcesOf(SOURCE), { a: 'x86-64' });
  return accountFiles(accounts, EPOCH);
}

function etcd(more: Partial<User> = {}): User {
  return {
    name: 'etcd',
    uid: 960,
    home: '/var/lib/k0s',
    shell: '/usr/sbin/nologin',
    groups: [],
    ...more,
  };
}

test('accounts come from base-passwd, sysusers.d and the definition, ordered by number', async (t) => {
  const conf = `
# Comments are left out.
u! net - "Network Management"
u root 0 "Ignored: root exists" / /bin/zsh
g render -
m net render
u sshd -:nogroup "sshd user" /run/sshd
u odd 77:adm - /var/odd /bin/sh
u own 78
g own 79
`;
  const users = [etcd({ description: 'etcd of k0s', groups: ['adm', 'render'] })];
  const files = await find({ conf, users, ids: { net: 998, render: 997, sshd: 981 } });
  t.snapshot(listing(files).join('\n'));
});

test('of two files with one name that in /etc counts, and of two lines for one name the first', async (t) => {
  const files = await find({
    files: {
      ...MASTERS,
      'etc/sysusers.d/y.conf': 'u early 101\n',
      'usr/lib/sysusers.d/y.conf': 'u late 102\n',
      'etc/sysusers.d/z.conf': '-> /dev/null',
      'usr/lib/sysusers.d/z.conf': 'u masked 103\n',
    },
    conf: 'u twice 104\nu twice 105\n',
  });
  const [passwd = ''] = listing(files);
  t.regex(passwd, /early:x:101/);
  t.regex(passwd, /twice:x:104/);
  t.notRegex(passwd, /late|masked|105/);
});

test('a number can come from the owner of a file of the tree', async (t) => {
  const files = await find({
    conf: 'u boss /usr/share\n',
    files: { ...MASTERS, 'usr/share': '/' },
  }).catch((error: unknown) => String(error));
  // Root owns it, and no two accounts may have one number.
  t.regex(String(files), /root and boss have the same uid, 0/);
});

test('a user of the definition gives a dynamic account its number', async (t) => {
  const files = await find({ conf: 'u etcd - "from a package"\n', users: [etcd()] });
  t.regex(listing(files)[0] ?? '', /etcd:x:960:960::\/var\/lib\/k0s/);
});

test('an empty tree says which package is missing', async (t) => {
  t.snapshot(await failureOf(() => find({ files: {} })));
});

const bad: readonly [title: string, wanted: Wanted][] = [
  ['accounts without a number', { conf: 'u b -\ng a -\nm c d\nu fixed 999\nu e -:f\ng f -\n' }],
  ['one account without a number', { conf: 'u b -\n', ids: { net: 999 } }],
  ['two users with one number', { conf: 'u net -\nu two -\n', ids: { net: 900, two: 900 } }],
  ['two groups with one number', { conf: 'g net 900\ng two 900\n' }],
  ['a number that a package fixes otherwise', { conf: 'u net 901\n', ids: { net: 900 } }],
  ['a user in a group that does not exist', { users: [etcd({ groups: ['nowhere', 'shadwo'] })] }],
  ['a user whose name is taken', { users: [etcd({ name: 'adm', uid: 5 })] }],
  ['a user with another number than a package fixes', { conf: 'u etcd 77\n', users: [etcd()] }],
  ['a primary group that does not exist', { conf: 'u net 900:nogruop\nu two 901:12345\n' }],
  ['the owner of a file that is not there', { conf: 'u net /usr/bin/nothing\n' }],
  ['a line that cannot be read', { conf: 'u net 1 2 3 4 5 6 7\n' }],
];

for (const [title, wanted] of bad) {
  test(`${title}: an error that names all of them`, async (t) => {
    t.snapshot(await failureOf(() => find(wanted)));
  });
}
