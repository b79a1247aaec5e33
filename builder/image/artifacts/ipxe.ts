import { readFile } from 'node:fs/promises';
import type { Toolbox } from '../../tools/toolbox.ts';

/** iPXE for each kind of firmware: what it is called here, and where the package ipxe has it. */
const BOOT_LOADERS = {
  'undionly.kpxe': 'usr/lib/ipxe/undionly.kpxe',
  'ipxe-x86_64.efi': 'usr/lib/ipxe/ipxe.efi',
  'ipxe-arm64.efi': 'usr/lib/ipxe/ipxe-arm64.efi',
} as const;

/** iPXE for each kind of firmware, by the name that it is asked for, from the tools that Kiln brings. */
export async function readBootLoaders(
  toolbox: Pick<Toolbox, 'file'>,
): Promise<ReadonlyMap<string, Buffer>> {
  const loaders = new Map<string, Buffer>();
  for (const [name, path] of Object.entries(BOOT_LOADERS)) {
    loaders.set(name, await readFile(toolbox.file(path)));
  }
  return loaders;
}
