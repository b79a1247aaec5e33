import type { Store } from '../image/store/store.ts';
import type { Session, Workspace } from './options.ts';

/** What locks are made with. */
export interface Locksmith {
  readonly workspace: Workspace;
  readonly store: Store;
  readonly session: Session;
}

/** What locks and tools are opened with, from a command's options. */
export async function locksmithOf(workspace: Workspace, session: Session): Promise<Locksmith> {
  return { workspace, store: await workspace.openStore(session), session };
}
