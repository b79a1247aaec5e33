/** The options of a kernel that are set: `y` built in, `m` a module, or a value. Names are without `CONFIG_`. */
export type KernelConfig = ReadonlyMap<string, string>;

/** Reads a kernel's configuration as its build keeps it (Linux, Documentation/kbuild/kconfig.rst). */
export function parseKernelConfig(text: string): KernelConfig {
  return new Map(
    [...text.matchAll(/^CONFIG_([A-Za-z0-9_]+)=(.*)$/gm)].map(([, option = '', value = '']) => [
      option,
      value,
    ]),
  );
}
