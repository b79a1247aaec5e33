import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Kmod } from '../image/kernel/kmod.ts';
import type { OpenPackage } from '../image/store/open-packages.ts';
import type { ArchiveEntry } from '../image/store/unpacked.ts';
import { sha256 } from '../report/sha256.ts';

/** A file's text or bytes, a link's target, or a directory. */
export type Member =
  | string
  | Buffer
  | { readonly symlink: string }
  | { readonly hardlink: string }
  | 'directory';

export const RELEASE = '6.12.9+deb13-amd64';

/** A directory that is gone when the test ends. */
export function temporary(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'kiln-test-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** An unpacked package with these members, its contents in a file of its own. */
export function packageOf(
  directory: string,
  name: string,
  members: Readonly<Record<string, Member>>,
): OpenPackage {
  const parts: Buffer[] = [];
  let offset = 0;
  const entries = Object.entries(members).map(([path, member]): ArchiveEntry => {
    const common = { path, mode: 0o644, uid: 0, gid: 0, mtime: 1000 };
    if (member === 'directory') return { ...common, kind: 'directory' };
    if (typeof member !== 'string' && !Buffer.isBuffer(member)) {
      return 'symlink' in member
        ? { ...common, kind: 'symlink', target: member.symlink }
        : { ...common, kind: 'hardlink', target: member.hardlink };
    }
    const bytes = typeof member === 'string' ? Buffer.from(member) : member;
    parts.push(bytes);
    const entry = { offset, sizeBytes: bytes.length, sha256: sha256(bytes) };
    offset += bytes.length;
    return { ...common, kind: 'file', ...entry };
  });
  const contentsPath = join(directory, `${name}.contents`);
  writeFileSync(contentsPath, Buffer.concat(parts));
  const unpacked = { name, version: '1', control: {}, controlFiles: {}, entries, contentsPath };
  return { sha256: sha256(name), unpacked };
}

/** A module's fields as `modinfo -0` prints them, `;` between them; the bytes of the fake module files. */
export type FakeModules = Readonly<Record<string, string>>;

/** A kernel package as Debian 13 has it: modules by path below `kernel/`. */
export function kernelPackage(directory: string, modules: FakeModules, builtin = ''): OpenPackage {
  const base = `usr/lib/modules/${RELEASE}`;
  const order = Object.keys(modules).map((path) => `kernel/${path.replace(/\.xz$/, '')}\n`);
  return packageOf(directory, `linux-image-${RELEASE}`, {
    [`boot/vmlinuz-${RELEASE}`]: 'the kernel',
    [`boot/config-${RELEASE}`]: 'CONFIG_MODULES=y\n',
    [`boot/System.map-${RELEASE}`]: 'symbols',
    ...Object.fromEntries(
      Object.entries(modules).map(([path, text]) => [`${base}/kernel/${path}`, text]),
    ),
    [`${base}/modules.builtin`]: builtin,
    [`${base}/modules.builtin.modinfo`]: '',
    [`${base}/modules.order`]: order.join(''),
  });
}

/** kmod's programs as fakes that note how often they ran. */
export function fakeKmod(modules: FakeModules): Kmod & { readonly runs: string[] } {
  const runs: string[] = [];
  return {
    identity: 'fake',
    runs,
    modinfo(directory, paths) {
      runs.push(`modinfo ${paths.length}`);
      const texts = paths.map((path) => {
        const fields = (modules[path.replace(/^kernel\//, '')] ?? '').split(';');
        return [`filename:       ${directory}/${path}`, ...fields]
          .map((each) => `${each}\0`)
          .join('');
      });
      return Promise.resolve(texts.join(''));
    },
    depmod(root, release) {
      runs.push('depmod');
      const target = join(root, 'usr/lib/modules', release);
      for (const name of ['modules.dep', 'modules.dep.bin', 'modules.softdep']) {
        writeFileSync(join(target, name), name);
      }
      return Promise.resolve();
    },
  };
}

/** A store that keeps what is derived below a directory. */
export function fakeStore(directory: string) {
  const made = new Map<string, string>();
  return {
    async derived(kind: string, key: string, make: (target: string) => Promise<void>) {
      const id = `${kind} ${key}`;
      const known = made.get(id);
      if (known !== undefined) return known;
      const target = join(directory, `derived-${made.size}`);
      mkdirSync(target);
      await make(target);
      made.set(id, target);
      return target;
    },
  };
}
