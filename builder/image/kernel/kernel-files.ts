import { KilnError } from '../../report/errors.ts';
import type { OpenPackage } from '../store/open-packages.ts';
import type { PackageFile } from './package-file.ts';

/**
 * Debian's kernel packages, up to 6.12 one (`linux-image-6.12.…`), from 7.x on several. The packages
 * without a number in their names are only dependencies on these.
 */
const KERNEL_PACKAGE = /^linux-(?:image|binary|modules|base)-\d/;
const MODULES_PATH = /^(?:usr\/)?lib\/modules\/([^/]+)\/(.+)$/;

/** The parts of the kernel that an image is made from, wherever its packages have them. */
export interface KernelFiles {
  /** What `uname -r` says: `6.12.117+deb13-amd64`. */
  readonly release: string;
  /** Digests of the packages, for keys of what is worked out from them. */
  readonly identity: string;
  readonly vmlinuz: PackageFile;
  /** The kernel's configuration. */
  readonly config: PackageFile;
  /** `*.ko*` by path below the modules directory of the release. */
  readonly modules: ReadonlyMap<string, PackageFile>;
  /** The lists that the kernel's build made: `modules.builtin`, `modules.builtin.modinfo`, `modules.order`. */
  readonly builtin: PackageFile;
  readonly builtinModinfo: PackageFile;
  readonly order: PackageFile;
  /** Of boards with Broadcom chips, by file name: `bcm2711-rpi-4-b.dtb`. */
  readonly deviceTrees: ReadonlyMap<string, PackageFile>;
}

/**
 * Whether a package is a kernel's: the root gets from it only what `selectKernel` picks, not its
 * symbol tables, device trees and the modules that nobody wants.
 */
export function isKernelPackage({ name }: { readonly name: string }): boolean {
  return KERNEL_PACKAGE.test(name);
}

/** Finds the one kernel among the locked packages; throws when there is none, or more than one. */
export function findKernel(packages: readonly OpenPackage[]): KernelFiles {
  const kernels = packages.filter(({ unpacked }) => isKernelPackage(unpacked));
  const files = new Map<string, PackageFile>();
  const releases = new Map<string, string>();
  for (const { unpacked } of kernels) {
    for (const entry of unpacked.entries) {
      if (entry.kind !== 'file') continue;
      const [, release, below] = MODULES_PATH.exec(entry.path) ?? [];
      files.set(below === undefined ? entry.path : `modules/${below}`, { entry, unpacked });
      if (release !== undefined && /\.ko(?:\.|$)/.test(entry.path)) {
        releases.set(release, `${unpacked.name} ${unpacked.version}`);
      }
    }
  }
  const release = onlyRelease(releases);
  const need = (...paths: readonly string[]): PackageFile => {
    const path = paths.find((each) => files.has(each));
    const file = path === undefined ? undefined : files.get(path);
    if (file === undefined) throw incomplete(release, paths);
    return file;
  };
  return {
    release,
    identity: kernels
      .map(({ sha256 }) => sha256)
      .sort()
      .join(' '),
    vmlinuz: need(`boot/vmlinuz-${release}`, 'modules/vmlinuz'),
    config: need(`boot/config-${release}`, 'modules/config'),
    modules: modulesOf(files),
    builtin: need('modules/modules.builtin'),
    builtinModinfo: need('modules/modules.builtin.modinfo'),
    order: need('modules/modules.order'),
    deviceTrees: deviceTreesOf(files, release),
  };
}

function modulesOf(files: ReadonlyMap<string, PackageFile>): ReadonlyMap<string, PackageFile> {
  const prefix = 'modules/';
  return new Map(
    [...files]
      .filter(([path]) => path.startsWith(prefix) && /\.ko(?:\.[a-z0-9]+)?$/.test(path))
      .map(([path, file]) => [path.slice(prefix.length), file]),
  );
}

/** Up to 6.12 they are in a directory of their own, from 7.x on beside the modules. */
function deviceTreesOf(
  files: ReadonlyMap<string, PackageFile>,
  release: string,
): ReadonlyMap<string, PackageFile> {
  const prefixes = [`usr/lib/linux-image-${release}/broadcom/`, 'modules/dtb/broadcom/'];
  return new Map(
    [...files].flatMap(([path, file]) => {
      const prefix = prefixes.find((each) => path.startsWith(each));
      return prefix === undefined ? [] : [[path.slice(prefix.length), file] as const];
    }),
  );
}

function onlyRelease(releases: ReadonlyMap<string, string>): string {
  const [first, second] = [...releases].sort(([a], [b]) => (a < b ? -1 : 1));
  if (first === undefined) {
    throw new KilnError('lock', 'none of the locked packages is a kernel with modules', {
      hint: 'set `kernel: { flavour: … }` in the definition (Debian has amd64, arm64 and their cloud- forms)',
    });
  }
  if (second !== undefined) {
    throw new KilnError(
      'lock',
      `the lock has two kernels, ${first[0]} (${first[1]}) and ${second[0]} (${second[1]})`,
      {
        hint: 'take all linux-image packages out of `packages`: `kernel.flavour` alone chooses the kernel',
      },
    );
  }
  return first[0];
}

function incomplete(release: string, paths: readonly string[]): KilnError {
  const names = paths.map((path) => path.replace('modules/', `usr/lib/modules/${release}/`));
  return new KilnError(
    'lock',
    `the locked packages of kernel ${release} have no ${names.join(' and no ')}`,
    {
      hint: 'run `kiln lock` again; if it stays, this packaging of the kernel is not known to Kiln yet',
    },
  );
}
