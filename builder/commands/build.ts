import type { Command } from 'commander';
import { buildImage } from '../image/pipeline.ts';
import { locksmithOf } from './locksmith.ts';
import { openImage } from './open-image.ts';
import { openTools } from './open-tools.ts';
import {
  type Session,
  type WorkspaceOptions,
  withMirror,
  withOut,
  workspaceOf,
} from './options.ts';
import { type OverrideOptions, withOverrides } from './overrides.ts';

interface BuildOptions extends WorkspaceOptions, OverrideOptions {
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ kiln build images/x86_64.yaml --k0s ./k0s-v1.36.3+k0s.2-amd64
  $ kiln build images/arm64.yaml --k0s stand-in --out /srv/releases
  $ kiln build site/edge.yaml --image-version 1.4.2

The release is a directory <name>-<version>-<arch>. An image without a lock file gets one; with the store warm,
nothing is fetched. When nothing has changed since the release was built, it is left as it is.`;

/** Adds `kiln build`: from an image file to a release. */
export function addBuild(program: Command, session: Session): void {
  const command = program
    .command('build')
    .summary('build an image')
    .description('Builds an image: from its file and its lock to a directory with a bootable disk.')
    .argument('<image>', 'the image file')
    .option('--json', 'print the manifest of the release as JSON')
    .addHelpText('after', HELP);
  withOut(withMirror(withOverrides(command))).action((image: string, options: BuildOptions) =>
    build(image, options, session),
  );
}

async function build(image: string, options: BuildOptions, session: Session): Promise<void> {
  const workspace = workspaceOf(options, session.env);
  const locksmith = await locksmithOf(workspace, session);
  const opened = await openImage(image, options, locksmith);
  const { toolbox, lock: toolsLock } = await openTools(locksmith);
  const release = await buildImage(opened, {
    store: locksmith.store,
    toolbox,
    toolsLock,
    out: workspace.out,
    findMirrors: () => workspace.mirrors(opened.definition.mirrors),
    ...session,
  });
  const shown = options.json
    ? JSON.stringify(release.manifest, undefined, 2)
    : `${release.directory}`;
  process.stdout.write(`${shown}\n`);
}
