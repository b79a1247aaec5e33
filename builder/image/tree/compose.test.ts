import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  EPOCH,
  type Files,
  failureOf,
  listing,
  sourcesOf,
  temporaryDirectory,
  treeOf,
  unpackedOf,
  writeFiles,
} from '../../testing/tree-fixture.ts';
import type { Definition } from '../definition/definition.ts';
import { Store } from '../store/store.ts';
import { type ComposeInput, composeTree } from './compose.ts';

const NO_TOOLBOX = { root: '', identity: '', env: {}, file: () => '', command: () => [] };

const BASE: Files = {
  usr: '/',
  'usr/bin': '/',
  'usr/lib': '/',
  bin: '-> usr/bin',
  lib: '-> usr/lib',
  etc: '/',
  'etc/os-release': '-> ../usr/lib/os-release',
  'usr/lib/os-release': 'NAME=Debian\n',
  home: '/',
  tmp: '1777:/',
};
const PASSWD: Files = {
  'usr/share/base-passwd/passwd.master': 'root:*:0:0:root:/root:/bin/bash\n',
  'usr/share/base-passwd/group.master': 'root:*:0:\nshadow:*:42:\n',
};
const SERVICE: Files = {
  'lib/systemd/system/net.service': '[Install]\nWantedBy=multi-user.target\n',
  'lib/systemd/system/extra.service': '[Install]\nWantedBy=multi-user.target\n',
  'usr/lib/systemd/user/agent.socket': '[Install]\nWantedBy=sockets.target\n',
  'usr/lib/sysusers.d/net.conf': 'u! net - "Network"\n',
  'usr/bin/net': '755:#!/bin/sh\n',
  usr: '/',
  'usr/share': '/',
  'usr/share/doc': '/',
  'usr/share/doc/net': '/',
  'usr/share/doc/net/copyright': 'Apache-2.0\n',
  'usr/share/doc/net/README': 'long\n',
};
const OVERLAY: Files = {
  'overlay.yaml':
    'remove: [home]\nfiles:\n  usr/bin/net: { mode: "4755" }\n  etc/net.key: { mode: "0600", owner: net, group: net }\n',
  'etc/net.key': 'key',
  'etc/issue.mustache': '{{image.name}} {{image.version}} on {{arch.debian}}: {{slot}}\n',
  home: '-> var/home',
};
const SOURCE = 'ids: {}\nunits: {}\n';

function definitionOf(directory: string, more: Partial<Definition> = {}): Definition {
  return {
    ...{ file: 'images/x.yaml', name: 'edge', version: '1.2', description: 'Test', arch: 'x86_64' },
    board: 'uefi',
    variant: 'production',
    suites: {},
    packages: [],
    omit: {},
    kernel: { flavour: 'amd64', modules: [], cmdline: [] },
    initrd: { modules: [], files: [], overlays: [] },
    netboot: { modules: [], files: [], overlays: [] },
    iso: { modules: [], files: [], overlays: [] },
    exclude: ['usr/share/doc/**', 'usr/share/base-passwd'],
    alternatives: [{ name: 'network', link: '/usr/bin/network', target: '/usr/bin/net' }],
    overlays: [directory],
    values: { slot: '2G' },
    users: [],
    ids: { net: 998 },
    units: { enable: ['net.service'], disable: ['*'], mask: [] },
    k0s: { kind: 'stand-in' },
    cni: [],
    artifacts: ['disk'],
    mirrors: [],
    ...more,
  };
}

interface Changes {
  readonly definition?: Partial<Definition>;
  readonly overlay?: Files;
  readonly extra?: Files;
}

async function inputOf(
  t: ExecutionContext,
  { definition, overlay = OVERLAY, extra = {} }: Changes = {},
): Promise<ComposeInput> {
  const directory = temporaryDirectory(t);
  const overlays = join(directory, 'site');
  mkdirSync(overlays);
  writeFiles(overlays, overlay);
  return {
    definition: definitionOf(overlays, definition),
    sources: sourcesOf(SOURCE),
    packages: [
      unpackedOf(directory, 'base-files 13', BASE),
      unpackedOf(directory, 'base-passwd 3.6', PASSWD),
      unpackedOf(directory, 'net 1.0', SERVICE),
      unpackedOf(directory, 'linux-image 6.12', { 'usr/lib/modules/6.12/all.ko': 'x' }),
    ],
    partial: new Set(['linux-image']),
    extra: [...treeOf({ 'usr/bin/k0s': '755:k0s', ...extra }, 'k0s stand-in').values()],
    k0s: { kind: 'stand-in', version: 'stand-in' },
    store: await Store.open(join(directory, 'store')),
    toolbox: NO_TOOLBOX,
    epoch: EPOCH,
  };
}

test('packages, overlays and what Kiln makes become one tree', async (t) => {
  const { root, copyright } = await composeTree(await inputOf(t));
  const cache = 'etc/ld.so.cache';
  t.snapshot(listing([...root.values()].filter(({ path }) => path !== cache)).join('\n'));
  t.true(root.has(cache));
  t.deepEqual(
    copyright.map(({ name, content }) => [name, content !== undefined]),
    [
      ['base-files', false],
      ['base-passwd', false],
      ['net', true],
      ['linux-image', false],
    ],
  );
});

test('the full tree has what the root excludes', async (t) => {
  const { root, full, osRelease } = await composeTree(await inputOf(t));
  t.true(full.has('usr/share/doc/net/README'));
  t.false(root.has('usr/share/doc/net/README'));
  t.false(full.has('usr/lib/modules/6.12/all.ko'));
  t.true(full.has('etc/passwd'));
  t.regex(osRelease, /^IMAGE_VERSION=1.2$/m);
});

test('the same input gives the same tree', async (t) => {
  const [first, second] = [
    await composeTree(await inputOf(t)),
    await composeTree(await inputOf(t)),
  ];
  t.deepEqual(listing(first.root), listing(second.root));
  t.deepEqual([...first.root.keys()], [...first.root.keys()].sort());
});

const bad: readonly [title: string, changes: Changes][] = [
  ['a file that Kiln makes in an overlay', { overlay: { ...OVERLAY, 'etc/passwd': 'x' } }],
  ['an extra file that a package has', { extra: { 'usr/bin/net': 'x' } }],
  ['an unknown name in a template', { overlay: { ...OVERLAY, 'etc/x.mustache': '{{solt}}\n' } }],
  ['an account without a number', { definition: { ids: {} } }],
  [
    'an unknown unit',
    { definition: { units: { enable: ['nte.service'], disable: [], mask: [] } } },
  ],
];

for (const [title, changes] of bad) {
  test(`${title} is an error that says what to do`, async (t) => {
    const input = await inputOf(t, changes);
    const [overlay = ''] = input.definition.overlays;
    t.snapshot(await failureOf(() => composeTree(input), { [overlay]: 'overlays/site' }));
  });
}
