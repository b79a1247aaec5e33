import test, { type ExecutionContext } from 'ava';
import type { Arch } from '../../builder/image/arch.ts';
import { fetchK0s } from '../../builder/image/early-stages.ts';
import { chooseKernel, composeRoot, openLocked } from '../../builder/image/stages.ts';
import { readText } from '../../builder/image/tree/content.ts';
import type { Tree } from '../../builder/image/tree/tree.ts';
import { namesInDirectory, resolveInTree } from '../../builder/image/tree/tree-path.ts';
import { openBenchImage } from '../bench/open-image.ts';

// What k0s needs and a look at the files of an image can tell; the rest is in test-vm/cases/k0s-finds-what-it-needs.

/** The files of Kiln's own image. */
async function composed(arch: Arch): Promise<Tree> {
  const { image, work } = await openBenchImage(`images/${arch}.yaml`);
  const packages = await openLocked(image.lock, work);
  const kernel = await chooseKernel(image, packages, work);
  const files = await fetchK0s(image, work);
  return (await composeRoot(image, packages, kernel, files, work)).root;
}

async function textOf(t: ExecutionContext, tree: Tree, path: string): Promise<string> {
  const text = await readText(tree, path);
  t.not(text, undefined, path);
  return text ?? '';
}

/** The lines of a configuration file that say something. */
function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

async function accounts(t: ExecutionContext, tree: Tree): Promise<void> {
  const passwd = await textOf(t, tree, 'etc/passwd');
  const wanted = ['etcd:x:960:', 'kube-apiserver:x:961:', 'kube-scheduler:x:962:'];
  for (const line of [...wanted, 'konnectivity-server:x:963:', 'keepalived:x:964:']) {
    t.true(
      linesOf(passwd).some((each) => each.startsWith(line)),
      line,
    );
  }
}

async function modules(t: ExecutionContext, tree: Tree): Promise<void> {
  const [release = ''] = namesInDirectory(tree, 'usr/lib/modules');
  const top = `usr/lib/modules/${release}`;
  const builtin = await textOf(t, tree, `${top}/modules.builtin`);
  const files = [...tree.keys()].filter((path) => path.startsWith(top));
  const known = new Set(
    [...files, ...builtin.split('\n')].map((path) =>
      (/([^/]+)\.ko(\.xz)?$/.exec(path)?.[1] ?? '').replaceAll('-', '_'),
    ),
  );
  const wanted = linesOf(await textOf(t, tree, 'usr/lib/modules-load.d/kiln-k0s.conf'));
  for (const each of ['overlay', 'br_netfilter', 'nf_conntrack', 'ip_tables']) {
    t.true(wanted.includes(each), each);
  }
  t.deepEqual(
    wanted.filter((each) => !known.has(each)),
    [],
  );
  t.regex(await textOf(t, tree, `${top}/config`), /^CONFIG_EXT4_FS=[ym]$/m);
}

async function places(t: ExecutionContext, tree: Tree): Promise<void> {
  t.deepEqual(namesInDirectory(tree, 'usr/lib/cni'), [
    ...['bridge', 'host-local', 'loopback', 'portmap'],
  ]);
  t.is(tree.get('etc/k0s/containerd.d')?.kind, 'directory');
  t.is(tree.get('etc/k0s/containerd.toml'), undefined, 'it is left to k0s');
  t.like(tree.get('usr/libexec/k0s/kubelet-plugins'), { target: '/var/lib/k0s/kubelet-plugins' });
  t.like(tree.get('opt'), { target: 'var/opt' });
  t.true(tree.has('etc/systemd/system/multi-user.target.wants/var-opt-cni-bin.mount'));
  for (const program of ['modprobe', 'apparmor_parser', 'mount', 'umount', 'iptables', 'nft']) {
    const found = ['usr/sbin', 'usr/bin'].map((path) => resolveInTree(tree, `${path}/${program}`));
    t.true(
      found.some((entry) => entry?.kind === 'file'),
      program,
    );
  }
  t.true(
    tree.has('etc/apparmor.d/tunables/global') && tree.has('etc/apparmor.d/abstractions/base'),
  );
  const hosts = linesOf(await textOf(t, tree, 'etc/hosts'));
  t.true(hosts.some((line) => /^127\.0\.0\.1\s+localhost\b/.test(line)));
  t.true(hosts.some((line) => /^::1\s+localhost\b/.test(line)));
  t.true((tree.get('usr/bin/k0s')?.mtime ?? 0) < (tree.get('etc/hosts')?.mtime ?? 0));
}

for (const arch of ['x86_64', 'arm64'] as const) {
  test(`an image for ${arch} has what k0s needs to run`, async (t) => {
    const tree = await composed(arch);
    await accounts(t, tree);
    await modules(t, tree);
    await places(t, tree);
  });
}
