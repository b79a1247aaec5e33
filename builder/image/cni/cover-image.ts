import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../definition/project.ts';
import type { KernelFiles } from '../kernel/kernel-files.ts';
import { moduleName } from '../kernel/metadata.ts';
import { contentOfFile } from '../kernel/package-file.ts';
import type { SelectedModules } from '../kernel/select-modules.ts';
import { readContent } from '../tree/content.ts';
import { type Coverage, cover, type KernelFacts } from './coverage.ts';
import { cniNames, demandsOf } from './demands.ts';
import { parseKernelConfig } from './kernel-config.ts';
import { CNI_FILE, type CniRequirements, loadCniRequirements } from './requirements.ts';

/** How far an image covers each CNI that Kiln knows, and each of their modes. */
export async function coverImage({ kernel, root }: SelectedModules): Promise<readonly Coverage[]> {
  const inImage = new Set(root.modules.map(({ name }) => name));
  return coverAll(await loadRequirements(), { ...(await factsOf(kernel)), inImage });
}

/** How far any image with this kernel could: with all of its modules. */
export async function coverKernel(kernel: KernelFiles): Promise<readonly Coverage[]> {
  const facts = await factsOf(kernel);
  return coverAll(await loadRequirements(), { ...facts, inImage: facts.inPackages });
}

/** The same for what is known of a kernel. */
export function coverAll(requirements: CniRequirements, facts: KernelFacts): readonly Coverage[] {
  return cniNames(requirements).map((name) => cover(demandsOf(name, requirements), facts));
}

async function loadRequirements(): Promise<CniRequirements> {
  return await loadCniRequirements(join(PROJECT_DIRECTORY, 'images', CNI_FILE));
}

async function factsOf(kernel: KernelFiles): Promise<Omit<KernelFacts, 'inImage'>> {
  const config = await readContent(contentOfFile(kernel.config));
  return {
    release: kernel.release,
    config: parseKernelConfig(config.toString()),
    inPackages: new Set([...kernel.modules.keys()].map(moduleName)),
  };
}
