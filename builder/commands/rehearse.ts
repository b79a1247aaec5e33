import { join } from 'node:path';
import type { Command } from 'commander';
import { chooseAccel } from '../../test-vm/accel.ts';
import { hold } from '../../test-vm/rehearsal/hold.ts';
import { hostRoom } from '../../test-vm/rehearsal/host-room.ts';
import { checkRoom } from '../../test-vm/rehearsal/limits.ts';
import { participants } from '../../test-vm/rehearsal/order.ts';
import { type Plan, planRehearsal } from '../../test-vm/rehearsal/plan.ts';
import type { BootedRelease } from '../../test-vm/rehearsal/record.ts';
import { type Image, rehearse } from '../../test-vm/rehearsal/rehearse.ts';
import { failureText, summaryText } from '../../test-vm/rehearsal/summary.ts';
import { releaseDisk } from '../../test-vm/release-disk.ts';
import type { Accel } from '../../test-vm/spec.ts';
import type { Arch } from '../image/arch.ts';
import { readManifest } from '../image/release/manifest.ts';
import { KilnError } from '../report/errors.ts';
import type { Site } from '../site/definition/site.ts';
import { ADMIN_KUBECONFIG } from '../site/output/contents.ts';
import { isoName } from '../site/output/write-site.ts';
import { hostArch, type Toolbox } from '../tools/toolbox.ts';
import { openTools } from './open-tools.ts';
import { type Session, workspaceOf } from './options.ts';
import { type RehearseOptions, wishesOf, withRehearsal } from './rehearse-options.ts';
import { refuseStale, requireSeeds } from './rehearse-seeds.ts';
import { openSite } from './site/open-site.ts';
import { SECRETS_HELP } from './site/secrets-flags.ts';

const HELP = `
Examples:
  $ kiln rehearse plant7.yaml --release out/kiln-0.1.0-x86_64
  $ kiln rehearse plant7.yaml --order reverse --cut c1      # and pull a plug once all nodes are ready
  $ kiln rehearse plant7.yaml --without w1                  # how do the others take it?
  $ kiln rehearse plant7.yaml --hold                        # and use the cluster with kubectl

Each node boots from its ISO as \`kiln site\` wrote it and from the release's image, in a virtual machine with the
site's cards and addresses, on networks of the machines alone. QEMU is the gateway, and DHCP server where nodes ask.
Nothing reaches the real network, and no time server answers, unless --online is given; then nodes also reach ports
of this host, at the gateway's address.

The cluster has formed when every node is ready in its role, Kubernetes has registered every node that runs pods,
etcd has all controllers as members, all trust one authority, and the API answers every node, at the virtual address
if there is one. Otherwise the exit code is 7, and each node that is wrong is named with the cause.

KILN_ACCEL=kvm or tcg decides about acceleration; otherwise KVM is used when a trial guest really runs.
${SECRETS_HELP}`;

/** Adds `kiln rehearse`: boots a whole site in QEMU from its seeds and watches the cluster form. */
export function addRehearse(program: Command, session: Session): void {
  const command = program
    .command('rehearse')
    .summary('boot a whole site in virtual machines')
    .description('Boots every node of a site in QEMU, from its seed, and watches the cluster form.')
    .argument('<file>', 'site file')
    .addHelpText('after', HELP);
  withRehearsal(command).action((file: string, options: RehearseOptions) =>
    rehearseSite(file, options, session),
  );
}

async function rehearseSite(
  file: string,
  options: RehearseOptions,
  session: Session,
): Promise<void> {
  const site = await openSite(file, session);
  const home = join(options.out, site.name);
  const seeds = options.seeds ?? home;
  const wishes = wishesOf(options);
  const placed = participants(site.nodes, wishes).map((node) => ({
    node,
    iso: join(seeds, isoName(node)),
  }));
  await requireSeeds(file, placed);
  if (options.seeds === undefined) await refuseStale({ file, site }, placed, options, session);

  const arches = [...new Set(placed.map(({ node }) => node.arch))];
  const releases = await releasesFor(arches, site, options);
  const { toolbox, storeRoot } = await openToolbox(session);
  const images = await imagesOf(releases, { toolbox, storeRoot, session });
  const isEmulated = (arch: Arch): boolean => images.get(arch)?.accel !== 'kvm';
  const room = await hostRoom(isEmulated);
  const plan = planRehearsal(site, wishes, seeds, room);
  for (const warning of checkRoom(plan, room)) session.progress.warn(warning);
  const logs = options.logs ?? join(home, 'rehearsal');
  await run(plan, options, {
    toolbox,
    images,
    logs,
    session,
    kubeconfig: join(seeds, ADMIN_KUBECONFIG),
  });
}

interface Surroundings {
  readonly toolbox: Toolbox;
  readonly images: ReadonlyMap<Arch, Image>;
  readonly logs: string;
  readonly session: Session;
  readonly kubeconfig: string;
}

async function run(
  plan: Plan,
  options: RehearseOptions,
  { toolbox, images, logs, session, kubeconfig }: Surroundings,
): Promise<void> {
  const { progress, signal, now } = session;
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const record = await rehearse(plan, {
    ...{ toolbox, images, logs, signal, progress, date: now },
    stream: process.stderr,
    isTty: process.stderr.isTTY,
    onVerdict: async (found, fleet, network) => {
      if (options.json === true) say(JSON.stringify(found, undefined, 2));
      else if (found.verdict === 'formed') say(summaryText(found, logs));
      if (options.hold !== true) return;
      if (found.verdict === 'failed') process.stderr.write(`${failureText(found)}\n`);
      // Ctrl-C is how it ends: not before its time.
      await hold({ plan, fleet, network, kubeconfig, logs, signal, say });
    },
  });
  if (record.verdict !== 'failed') return;
  throw new KilnError('rehearsal', failureText(record), {
    hint: `consoles, journals and report.html are in ${logs}`,
  });
}

async function openToolbox(
  session: Session,
): Promise<{ readonly toolbox: Toolbox; readonly storeRoot: string }> {
  const workspace = workspaceOf({}, session.env);
  const store = await workspace.openStore(session);
  const { toolbox } = await openTools({ workspace, store, session });
  return { toolbox, storeRoot: workspace.storeRoot };
}

/** The release for each architecture: the one that an option names, or else the site. */
async function releasesFor(
  arches: readonly Arch[],
  site: Site,
  { release = [] }: RehearseOptions,
): Promise<ReadonlyMap<Arch, string>> {
  const known = new Map<string, string>(Object.entries(site.releases));
  for (const directory of release) {
    const { arch } = await readManifest(directory);
    known.set(arch, directory);
  }
  const found = new Map<Arch, string>();
  for (const arch of arches) {
    const directory = known.get(arch);
    if (directory === undefined) {
      throw new KilnError('usage', `there is no release for the ${arch} nodes of ${site.name}`, {
        hint: 'name one with --release DIRECTORY, or in the site file: image.release',
      });
    }
    found.set(arch, directory);
  }
  return found;
}

async function imagesOf(
  releases: ReadonlyMap<Arch, string>,
  {
    toolbox,
    storeRoot,
    session,
  }: { readonly toolbox: Toolbox; readonly storeRoot: string; readonly session: Session },
): Promise<ReadonlyMap<Arch, Image>> {
  const images = new Map<Arch, Image>();
  for (const [arch, directory] of releases) {
    const { path } = await releaseDisk(directory);
    const accel = await chooseAccel({
      ...{ arch, hostArch: hostArch(), toolbox, override: session.env.KILN_ACCEL },
      stateDirectory: storeRoot,
    });
    images.set(arch, { path, accel, release: await bootedRelease(directory, accel) });
  }
  return images;
}

async function bootedRelease(directory: string, accel: Accel): Promise<BootedRelease> {
  const { arch, name, version, root, kernel, inputs } = await readManifest(directory);
  const k0s = inputs.k0s.kind === 'stand-in' ? 'stand-in: not Kubernetes' : inputs.k0s.version;
  const how = accel === 'kvm' ? 'KVM' : 'software emulation';
  return { arch, name, version, rootHash: root.hash, kernel: kernel.release, k0s, how };
}
