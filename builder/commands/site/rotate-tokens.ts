import { type Command, Option } from 'commander';
import { changeBundle } from '../../site/secrets/bundle-store.ts';
import { checkSecrets } from '../../site/secrets/check.ts';
import { MACHINE_ENTROPY } from '../../site/secrets/entropy.ts';
import { type Rotation, rotateTokens } from '../../site/secrets/rotate.ts';
import { OUTSIDE } from '../options.ts';
import { SECRETS_HELP, type SecretsOptions, withSecrets } from './secrets-flags.ts';
import { addBelow, bundlePlaceOf, presentBundle, type SecretsCommand } from './secrets-options.ts';

interface RotateOptions extends SecretsOptions {
  readonly node?: string;
  readonly controllers?: boolean;
}

const HELP = `
Examples:
  $ kiln site rotate-tokens plant7.yaml
  $ kiln site rotate-tokens plant7.yaml --node w1
  $ kiln site rotate-tokens plant7.yaml --controllers

Nodes that have joined need no token any more. The old tokens are refused once the controllers have the seeds that
"kiln site" makes afterwards; a worker that has not joined yet needs its new one too.
${SECRETS_HELP}`;

/** Adds `kiln site rotate-tokens`: replaces join tokens in a site's bundle. */
export function addRotateTokens(
  site: Command,
  { session, loadSite, outside = OUTSIDE, entropy = MACHINE_ENTROPY }: SecretsCommand,
): void {
  const command = addBelow(site, 'rotate-tokens')
    .summary('replace join tokens of a site')
    .description(
      'Replaces the join tokens of all workers, of one worker, or of the controllers. With those of all workers go ' +
        'the tokens of nodes that the site does not have any more.',
    )
    .argument('<file>', 'the site file')
    .option('--node <name>', 'only the token of this worker')
    .addOption(new Option('--controllers', 'the token of the controllers').conflicts('node'))
    .addHelpText('after', HELP);
  withSecrets(command).action(async (file: string, options: RotateOptions) => {
    const loaded = await loadSite(file);
    const place = bundlePlaceOf({ file, site: loaded }, options, session);
    const rotation = rotationOf(options);
    await changeBundle(place, async (kept) => {
      const { secrets, seal } = presentBundle(kept, place.path, file);
      const { path } = place;
      for (const text of checkSecrets(secrets, path, session.now)) session.progress.warn(text);
      return { secrets: rotateTokens(loaded, secrets, rotation, entropy), seal };
    });
    outside.print(`${place.path}: ${describe(rotation)}; now run: kiln site ${file}`);
  });
}

function rotationOf({ node, controllers }: RotateOptions): Rotation {
  if (node !== undefined) return { kind: 'node', name: node };
  return { kind: controllers ? 'controllers' : 'workers' };
}

function describe(rotation: Rotation): string {
  switch (rotation.kind) {
    case 'workers':
      return 'new tokens for all workers';
    case 'node':
      return `a new token for ${rotation.name}`;
    case 'controllers':
      return 'a new token for controllers';
  }
}
