import { KilnError } from '../../report/errors.ts';
import type { SecretsOptions } from '../site/secrets-flags.ts';

/** What `kiln flash` parses. */
export interface FlashOptions extends SecretsOptions {
  readonly installer?: boolean;
  readonly seed?: string;
  readonly site?: string;
  readonly node?: string;
  readonly rack?: boolean;
  readonly only?: string;
  readonly from?: string;
  readonly labels?: string;
  readonly internal?: boolean;
  readonly yes?: boolean;
  readonly verify: boolean;
}

/** Which seed goes along, and to how many disks. */
export type Errand =
  | { readonly kind: 'no seed' }
  | { readonly kind: 'seed'; readonly iso: string }
  | { readonly kind: 'node'; readonly site: string; readonly node: string }
  | { readonly kind: 'rack'; readonly site: string };

/**
 * What is to be done. Pure.
 * @throws KilnError `usage` when the options do not go together
 */
export function errandOf(disk: string | undefined, options: FlashOptions): Errand {
  const { seed, site, node, rack } = options;
  if (rack !== true) checkWithout(options);
  if (site === undefined) {
    const [lonely] = (['node', 'rack', 'secrets'] as const).filter((name) => options[name]);
    if (lonely !== undefined) {
      throw new KilnError('usage', `--${lonely} needs --site`, {
        hint: 'name the file of the site: --site plant7.yaml',
      });
    }
    return seed === undefined ? { kind: 'no seed' } : { kind: 'seed', iso: seed };
  }
  if (rack !== true) {
    if (node !== undefined) return { kind: 'node', site, node };
    throw new KilnError('usage', '--site alone does not say which node', {
      hint: 'name one with --node, or go through all of them with --rack',
    });
  }
  if (disk === undefined) return { kind: 'rack', site };
  throw new KilnError('usage', `--rack takes no disk: ${disk} would be all that is written`, {
    hint: 'without a disk it waits for cards; with one, name the node: --node instead of --rack',
  });
}

function checkWithout(options: FlashOptions): void {
  const [lonely] = (['only', 'from', 'labels'] as const).filter((name) => options[name]);
  if (lonely === undefined) return;
  throw new KilnError('usage', `--${lonely} is for --rack`, {
    hint: 'one node is named with --node; --rack goes through several',
  });
}
