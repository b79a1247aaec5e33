import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ARCHES, type Arch, type ArchNames } from '../image/arch.ts';
import { KilnError } from '../report/errors.ts';
import type { Sha256 } from '../report/sha256.ts';

/** The programs that Kiln brings: a directory tree of unpacked Debian packages for the host's architecture. */
export interface Toolbox {
  /** The merged tree of all tool packages. */
  readonly root: string;
  /**
   * The first words of a program's command line: the toolbox's own dynamic loader, its library path and
   * the program, so that nothing of the host is loaded.
   */
  command(name: string): readonly string[];
  /** A data file of a tool package, by its path below the root. */
  file(path: string): string;
  /** SHA-256 over the tool packages: part of every cache key of what tools make. */
  readonly identity: Sha256;
  /** Every run of a tool gets these settings. */
  readonly env: Readonly<Record<string, string>>;
}

const PROGRAM_DIRECTORIES = ['usr/bin', 'usr/sbin', 'usr/lib/systemd'];

/** Where Debian's QEMU looks for firmware and option ROMs. */
const QEMU_DATA = ['usr/share/qemu', 'usr/share/seabios', 'usr/lib/ipxe/qemu'];

/** The toolbox whose packages were unpacked to `root`. */
export function toolboxAt(root: string, arch: Arch, identity: Sha256): Toolbox {
  const names = ARCHES[arch];
  const known = new Map<string, readonly string[]>();
  return {
    root,
    identity,
    env: environmentOf(root, names),
    file: (path) => existing(root, [path], `the file ${path}`),
    command: (name) => {
      const argv = known.get(name) ?? commandOf(root, names, name);
      known.set(name, argv);
      return argv;
    },
  };
}

/** Kiln's name of the machine that it runs on. */
export function hostArch(architecture: string = process.arch): Arch {
  if (architecture === 'x64') return 'x86_64';
  if (architecture === 'arm64') return 'arm64';
  throw new KilnError('host', `Kiln does not run on ${architecture} machines`, {
    hint: 'Use an x86_64 or arm64 machine: Debian has the tools that Kiln brings for both.',
  });
}

function commandOf(root: string, names: ArchNames, name: string): readonly string[] {
  const candidates = PROGRAM_DIRECTORIES.map((directory) => join(directory, name));
  const program = realpathSync(existing(root, candidates, `the program ${name}`));
  const interpreter = interpreterOf(program);
  if (interpreter !== undefined) return [...commandOf(root, names, basename(interpreter)), program];
  const loader = existing(root, [names.loader], 'the dynamic loader');
  const libraries = ['--inhibit-cache', '--library-path', libraryPath(root, names)];
  return [loader, ...libraries, '--argv0', name, program, ...argumentsOf(root, name)];
}

/** Through the loader, QEMU cannot tell where it is installed. */
function argumentsOf(root: string, name: string): readonly string[] {
  if (!name.startsWith('qemu-system-')) return [];
  return QEMU_DATA.flatMap((directory) => ['-L', join(root, directory)]);
}

/** systemd's programs find their shared library by an absolute RUNPATH, which leads nowhere here. */
function libraryPath(root: string, { triplet }: ArchNames): string {
  return [`usr/lib/${triplet}`, `usr/lib/${triplet}/systemd`]
    .map((path) => join(root, path))
    .join(':');
}

/** The program that runs a script; undefined for what is no script. */
function interpreterOf(program: string): string | undefined {
  const file = openSync(program, 'r');
  try {
    const start = Buffer.alloc(128);
    readSync(file, start);
    return /^#!\s*(\S+)/.exec(start.toString('latin1'))?.[1];
  } finally {
    closeSync(file);
  }
}

/** Where programs look for what they load by themselves. */
function environmentOf(root: string, { triplet }: ArchNames): Readonly<Record<string, string>> {
  const libraries = join(root, 'usr/lib', triplet);
  return {
    HOME: '/nonexistent',
    GCONV_PATH: join(libraries, 'gconv'),
    OPENSSL_CONF: '/dev/null',
    OPENSSL_MODULES: join(libraries, 'ossl-modules'),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONHASHSEED: '0',
    PYTHONHOME: join(root, 'usr'),
    QEMU_MODULE_DIR: join(libraries, 'qemu'),
    TERMINFO: join(root, 'usr/share/terminfo'),
  };
}

function existing(root: string, candidates: readonly string[], what: string): string {
  const found = candidates.map((path) => join(root, path)).find(isThere);
  if (found !== undefined) return found;
  throw new KilnError('tool', `No tool package has ${what}`, {
    hint: 'Add the package that has it to images/tools.yaml; the tools are locked again by themselves.',
  });
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Every program of the toolbox, sorted: for checks. */
export function programsOf(toolbox: Toolbox): readonly string[] {
  const names = ['usr/bin', 'usr/sbin'].flatMap((directory) =>
    readdirSync(join(toolbox.root, directory)),
  );
  return names.sort();
}
