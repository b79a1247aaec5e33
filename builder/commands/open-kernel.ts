import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../image/definition/project.ts';
import { isKernelPackage } from '../image/kernel/kernel-files.ts';
import { kmodOf } from '../image/kernel/kmod.ts';
import { loadModuleSets } from '../image/kernel/module-sets.ts';
import { openPackages } from '../image/store/open-packages.ts';
import { toolboxDecoder } from '../tools/xz.ts';
import { locksmithOf } from './locksmith.ts';
import type { OpenKernel } from './modules.ts';
import { openImage } from './open-image.ts';
import { openTools } from './open-tools.ts';
import { type Session, workspaceOf } from './options.ts';

/** Opens what module selection looks at: of the locked packages only the kernel's and those with firmware. */
export function kernelOpener(session: Session): OpenKernel {
  return async (image, options) => {
    const workspace = workspaceOf({}, session.env);
    const locksmith = await locksmithOf(workspace, session);
    const { definition, sources, lock } = await openImage(image, options, locksmith);
    const { toolbox } = await openTools(locksmith);
    const wanted = lock.packages.filter(
      (locked) => isKernelPackage(locked) || locked.name.includes('firmware'),
    );
    const packages = await openPackages(wanted, {
      ...session,
      store: locksmith.store,
      findMirrors: () => workspace.mirrors(definition.mirrors),
      decoder: toolboxDecoder(toolbox, session.signal),
    });
    const sets = await loadModuleSets(join(PROJECT_DIRECTORY, 'images', 'modules.yaml'));
    return {
      definition,
      request: { definition, sources, sets, packages },
      tools: { store: locksmith.store, kmod: kmodOf(toolbox, session.signal) },
    };
  };
}
