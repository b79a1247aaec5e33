import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../definition/project.ts';
import { moduleName } from '../kernel/metadata.ts';
import { contentOfFile } from '../kernel/package-file.ts';
import type { SelectedModules } from '../kernel/select-modules.ts';
import { readContent } from '../tree/content.ts';
import { type Coverage, cover, type KernelFacts } from './coverage.ts';
import { cniNames, demandsOf } from './demands.ts';
import { parseKernelConfig } from './kernel-config.ts';
import { CNI_FILE, type CniRequirements, loadCniRequirements } from './requirements.ts';

/** How far an image covers each CNI that Kiln knows, and each of their modes. */
export async function coverImage(selected: SelectedModules): Promise<readonly Coverage[]> {
  const requirements = await loadCniRequirements(join(PROJECT_DIRECTORY, 'images', CNI_FILE));
  return coverAll(requirements, await factsOf(selected));
}

/** The same for what is known of a kernel. */
export function coverAll(requirements: CniRequirements, facts: KernelFacts): readonly Coverage[] {
  return cniNames(requirements).map((name) => cover(demandsOf(name, requirements), facts));
}

async function factsOf({ kernel, root }: SelectedModules): Promise<KernelFacts> {
  const config = await readContent(contentOfFile(kernel.config));
  return {
    release: kernel.release,
    config: parseKernelConfig(config.toString()),
    inImage: new Set(root.modules.map(({ name }) => name)),
    inPackages: new Set([...kernel.modules.keys()].map(moduleName)),
  };
}
