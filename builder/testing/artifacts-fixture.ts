import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Artifact,
  type Artifacts,
  type ArtifactsInput,
  buildArtifacts,
} from '../image/artifacts/build.ts';
import { buildIso } from '../image/artifacts/iso.ts';
import { buildNetboot } from '../image/artifacts/netboot.ts';
import { type Boot, buildBoot } from '../image/boot/build.ts';
import { packInitrd } from '../image/boot/initrd.ts';
import { buildRootfs, type Rootfs } from '../image/rootfs/build.ts';
import { textContent } from '../image/tree/content.ts';
import type { Content, Tree, TreeEntry } from '../image/tree/tree.ts';
import { sha256 } from '../report/sha256.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { tinyPe } from './tiny-pe.ts';

export const EPOCH = 1_700_000_000;
const IMAGE = {
  name: 'demo',
  version: '1.2.3',
  arch: 'x86_64',
  seed: 'demo 1.2.3 x86_64',
} as const;
export const LOADER_CONF = 'timeout 1\n';

function bytes(content: Buffer): Content {
  return { kind: 'bytes', bytes: content };
}

function treeOf(files: Readonly<Record<string, Content>>): Tree {
  const entries = new Map<string, TreeEntry>();
  const common = { uid: 0, gid: 0, mtime: EPOCH + 5, origin: 'demo' };
  for (const [path, content] of Object.entries(files)) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join('/');
      entries.set(parent, { ...common, path: parent, kind: 'directory', mode: 0o755 });
    }
    entries.set(path, { ...common, path, kind: 'file', mode: 0o644, content });
  }
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const ROOT = treeOf({
  'etc/hostname': textContent('demo\n'),
  'usr/lib/systemd/boot/efi/linuxx64.efi.stub': bytes(tinyPe()),
  'usr/lib/systemd/boot/efi/systemd-bootx64.efi': bytes(tinyPe({ imageSizeBytes: 0x3000 })),
});

/** What is made of a tiny image. */
export interface Built {
  readonly rootfs: Rootfs;
  readonly boot: Boot;
  readonly artifacts: Artifacts;
  readonly netboot: readonly Artifact[];
  readonly iso: Artifact;
  readonly directory: string;
}

/**
 * Everything from a tree to the artifacts, with the real tools.
 * @param wishes `kernel`: the kernel's bytes, a PE file; `board` and its files for the ESP
 */
export async function buildTiny(
  tools: Toolbox,
  parent: string,
  wishes: { readonly kernel?: Buffer } & Partial<Pick<ArtifactsInput, 'board' | 'boardFiles'>> = {},
): Promise<Built> {
  const { kernel = tinyPe(), board = 'uefi', boardFiles = [] } = wishes;
  const [directory, scratch] = [join(parent, 'out'), join(parent, 'scratch')];
  await mkdir(directory, { recursive: true });
  await mkdir(scratch);
  const rootfs = await buildRootfs({
    tree: ROOT,
    epoch: EPOCH,
    seed: IMAGE.seed,
    directory: scratch,
    toolbox: tools,
  });
  const trees = { packages: ROOT, overlay: treeOf({ init: textContent('init') }) };
  const derived = async (_: string, key: string, make: (directory: string) => Promise<void>) => {
    const kept = join(scratch, sha256(key));
    await mkdir(kept);
    await make(kept);
    return kept;
  };
  const bootable = {
    root: ROOT,
    arch: 'x86_64',
    kernel: { release: '6.12.1-amd64', vmlinuz: bytes(kernel) },
    initrd: await packInitrd({
      trees: [trees.packages, trees.overlay],
      epoch: EPOCH,
      store: { derived },
      toolbox: tools,
    }),
    board,
    deviceTrees: [],
    cmdline: ['loglevel=4'],
    osRelease: 'ID=kiln\nVERSION_ID=1.2.3\n',
  } as const;
  const boot = await buildBoot({
    ...{ ...bootable, rootHash: rootfs.rootHash },
    output: join(directory, 'demo_1.2.3_x86_64.efi'),
  });
  const artifacts = await buildArtifacts({
    ...IMAGE,
    ...{ epoch: EPOCH, rootfs, boot, directory, scratch, board, boardFiles },
    loaderConf: LOADER_CONF,
    kinds: ['disk', 'disk.zst', 'bmap'],
    toolbox: tools,
  });
  const netboot = await buildNetboot({
    ...{ ...bootable, image: IMAGE, rootfs, boot, directory, boardFiles, epoch: EPOCH },
    ...{ loaderConf: LOADER_CONF, toolbox: tools },
  });
  const iso = await buildIso({
    ...{ ...bootable, image: IMAGE, seed: IMAGE.seed, epoch: EPOCH, rootfs, boot },
    ...{ loaderConf: LOADER_CONF, directory, scratch, toolbox: tools },
  });
  return { rootfs, boot, artifacts, netboot, iso, directory };
}
