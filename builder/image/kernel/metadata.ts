/** What a kernel's module says about itself, as far as an image's selection needs it. */
export interface KernelModule {
  /** As the kernel calls it: underscores, never dashes. */
  readonly name: string;
  /** Below the modules directory of the release: `kernel/fs/ext4/ext4.ko.xz`. */
  readonly path: string;
  /** As shipped, compressed. */
  readonly sizeBytes: number;
  /** Modules that must be loaded before it. */
  readonly depends: readonly string[];
  /** Modules, or aliases of modules, that modprobe tries to load before and after it. */
  readonly soft: readonly string[];
  /** Files that it may ask the firmware loader for, below the firmware directory; globs are possible. */
  readonly firmware: readonly string[];
}

/** Everything that a selection needs to know about one kernel. */
export interface KernelMetadata {
  readonly modules: ReadonlyMap<string, KernelModule>;
  /** Names of what is compiled in and could have been a module. */
  readonly builtins: ReadonlySet<string>;
  /** The aliases that some module's soft dependency names, with the modules that carry them. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
}

/** The kernel's name of a module, from its file's path or from a name written with dashes. */
export function moduleName(pathOrName: string): string {
  const base = pathOrName.slice(pathOrName.lastIndexOf('/') + 1);
  return base.replace(/\.ko(?:\.[a-z0-9]+)?$/, '').replaceAll('-', '_');
}

/** Names in a `modules.builtin` file (Linux, Documentation/kbuild/kbuild.rst): one path a line. */
export function parseBuiltins(text: string): ReadonlySet<string> {
  return new Set(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map(moduleName),
  );
}

/** One module file as modinfo sees it. */
export interface ModuleInfo {
  readonly module: KernelModule;
  readonly aliases: readonly string[];
}

/**
 * Reads what `modinfo -0 PATH…` prints: NUL-ended `key=value` fields, those of each file begun by
 * `filename:`. `sizes` has the paths as they were given to modinfo, in that order, with their sizes.
 */
export function parseModinfo(
  text: string,
  sizes: ReadonlyMap<string, number>,
): readonly ModuleInfo[] {
  const files: Field[][] = [];
  for (const field of text.split('\0')) {
    const [, key, value] = /^([a-z_]+)(?:=|: +)(.*)$/s.exec(field) ?? [];
    if (key === undefined || value === undefined) continue;
    if (key === 'filename') files.push([]);
    files.at(-1)?.push([key, value]);
  }
  if (files.length !== sizes.size) {
    throw new Error(`modinfo told of ${files.length} modules, not of ${sizes.size}`);
  }
  return [...sizes].map(([path, sizeBytes], index) =>
    readFields(files[index] ?? [], path, sizeBytes),
  );
}

/** What a selection needs of the modules and of the text of `modules.builtin`. */
export function describeKernel(
  infos: readonly ModuleInfo[],
  modulesBuiltin: string,
): KernelMetadata {
  return {
    modules: new Map(infos.map(({ module }) => [module.name, module])),
    builtins: parseBuiltins(modulesBuiltin),
    aliases: aliasesInUse(infos),
  };
}

type Field = readonly [key: string, value: string];

function readFields(fields: readonly Field[], path: string, sizeBytes: number): ModuleInfo {
  const all = (key: string): string[] =>
    fields.filter(([name]) => name === key).map(([, value]) => value);
  const [filename] = all('filename');
  if (!filename?.endsWith(`/${path}`)) {
    throw new Error(`modinfo told of ${filename}, not of ${path}`);
  }
  return {
    module: {
      name: moduleName(path),
      path,
      sizeBytes,
      depends: all('depends')
        .flatMap((list) => list.split(','))
        .filter((name) => name !== '')
        .map(moduleName),
      soft: all('softdep').flatMap(softNames),
      firmware: all('firmware'),
    },
    aliases: all('alias'),
  };
}

/** `pre: a b post: c` (modprobe.d(5), "softdep"); names before the first keyword mean nothing there. */
function softNames(value: string): string[] {
  const names: string[] = [];
  let isListed = false;
  for (const word of value.split(/\s+/)) {
    if (word === 'pre:' || word === 'post:') isListed = true;
    else if (isListed && word !== '') names.push(word);
  }
  return names;
}

/** The full list of aliases is large, and only what soft dependencies name is ever looked up. */
function aliasesInUse(infos: readonly ModuleInfo[]): ReadonlyMap<string, readonly string[]> {
  const asked = new Set(infos.flatMap(({ module }) => module.soft));
  const aliases = new Map<string, string[]>();
  for (const { module, aliases: own } of infos) {
    for (const alias of new Set(own)) {
      if (!asked.has(alias)) continue;
      const carriers = aliases.get(alias);
      if (carriers === undefined) aliases.set(alias, [module.name]);
      else carriers.push(module.name);
    }
  }
  return aliases;
}
