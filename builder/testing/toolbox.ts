import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../image/definition/project.ts';
import { loadToolsDefinition } from '../image/definition/tools-schema.ts';
import { makeLock } from '../image/lock/lock.ts';
import { requestOfTools } from '../image/lock/lock-request.ts';
import { obtainToolsLock } from '../image/lock/obtain-lock.ts';
import { findMirrors } from '../image/store/mirrors.ts';
import { defaultStoreRoot, Store } from '../image/store/store.ts';
import { SILENT } from '../report/progress.ts';
import { openToolbox } from '../tools/open-toolbox.ts';
import { hostArch, type Toolbox } from '../tools/toolbox.ts';

/**
 * The real tools, from the user's own store: the first test that asks on a machine fetches them.
 *
 * @param list another list of tools than Kiln's own, relative to the project
 */
export async function testToolbox(list = 'images/tools.yaml'): Promise<Toolbox> {
  const { env } = process;
  const store = await Store.open(defaultStoreRoot(env));
  const mirrors = () => findMirrors({ env, definition: [] });
  const toolsFile = join(PROJECT_DIRECTORY, list);
  const request = requestOfTools(await loadToolsDefinition(toolsFile), hostArch());
  const lockfile = await obtainToolsLock(toolsFile, request, env, async (previous) =>
    makeLock({
      request,
      mirrors: await mirrors(),
      store,
      keysDirectory: join(PROJECT_DIRECTORY, 'images/keys'),
      previous,
      now: new Date(),
      progress: SILENT,
    }),
  );
  return openToolbox({ lockfile, store, mirrors, progress: SILENT });
}
