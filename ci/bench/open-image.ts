import { locksmithOf } from '../../builder/commands/locksmith.ts';
import { openImage } from '../../builder/commands/open-image.ts';
import { openTools } from '../../builder/commands/open-tools.ts';
import { workspaceOf } from '../../builder/commands/options.ts';
import type { LockedImage, Workspace } from '../../builder/image/workspace.ts';
import { SILENT } from '../../builder/report/progress.ts';

/** An image file, locked, with the stand-in for k0s, and what it is built with: as `kiln build` opens it. */
export async function openBenchImage(
  file: string,
): Promise<{ readonly image: LockedImage; readonly work: Workspace }> {
  const { signal } = new AbortController();
  const session = { progress: SILENT, signal, env: process.env, now: new Date() };
  const workspace = workspaceOf({}, process.env);
  const locksmith = await locksmithOf(workspace, session);
  const image = await openImage(file, { k0s: 'stand-in' }, locksmith);
  const { toolbox, lock: toolsLock } = await openTools(locksmith);
  const findMirrors = () => workspace.mirrors(image.definition.mirrors);
  const { store } = locksmith;
  return { image, work: { store, toolbox, toolsLock, out: '', findMirrors, ...session } };
}
