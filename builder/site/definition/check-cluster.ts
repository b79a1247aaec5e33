import { placeOf } from '../../report/diagnostic.ts';
import { find } from '../../yaml/sources.ts';
import { firstOf } from './complete.ts';
import { parseCidr } from './ip.ts';
import { hasAllInterfaces, type PlannedNode, placeOfNode, saysItself } from './plan.ts';
import type { Checked, Rule } from './rule.ts';

/**
 * Each worker's own token is a Secret of about 1,100 bytes in the metadata of every controller, of which the box reads
 * 4 MiB; certificates, tokens and manifests need some of that.
 */
const MOST_TOKENS = 2500;

export const CLUSTER_RULES: readonly Rule[] = [
  checkPresence,
  checkSingle,
  checkFirst,
  checkMajority,
  checkControllerAddresses,
  checkStorage,
  checkTokens,
  checkArchitectures,
];

function checkPresence({ plan, sources, report, isWhole }: Checked): void {
  if (!isWhole) return;
  const { written, nodes } = plan;
  if (written.site === undefined) {
    report.error('the key "site" is missing', sources.at([]), 'for example site: plant7');
  }
  const [first] = nodes;
  if (!first) {
    const message = 'the site has no nodes: "nodes" or "groups" is missing';
    report.error(message, sources.at(['nodes']));
  } else if (nodes.every(({ role }) => role === 'worker')) {
    const note = 'one node at least has the role controller, controller+worker or single';
    report.error(
      'there is no controller that workers could join',
      placeOfNode(first, 'role'),
      note,
    );
  }
}

function checkSingle({ plan: { nodes }, report }: Checked): void {
  const single = nodes.find(({ role }) => role === 'single');
  const other = nodes.find((node) => node !== single);
  if (!single || !other) return;
  const message = `${single.name} is a single node, and there is ${other.name} beside it`;
  const note = `${other.name} is given at ${placeOf(placeOfNode(other, 'name'))}; nothing can join a single node`;
  report.error(message, placeOfNode(single, 'role'), note);
}

/** One controller starts the cluster, the others join it. */
function checkFirst({ plan: { nodes }, report }: Checked): void {
  const said = nodes.filter(({ bootstrap }) => bootstrap === true);
  const [first] = said;
  for (const node of said) {
    const at = placeOfNode(node, 'bootstrap');
    if (node.role === 'worker') {
      report.error(`${node.name} is a worker: a controller starts the cluster`, at);
    } else if (node.role === 'single') {
      report.error('a single node always starts its own cluster', at, 'leave "bootstrap" out');
    } else if (first && node !== first) {
      const note = `a second cluster would be born; ${first.name} says it at ${placeOf(placeOfNode(first, 'bootstrap'))}`;
      report.error(`${node.name} cannot start the cluster: ${first.name} does`, at, note);
    }
  }
  const controllers = controllersOf(nodes);
  const [last] = controllers.slice(-1);
  if (!last || controllers.some(({ bootstrap }) => bootstrap !== false)) return;
  const message = 'no controller starts the cluster: all say bootstrap: false';
  report.error(message, placeOfNode(last, 'bootstrap'), 'one of them has to be the first');
}

/** An even number survives no more than the odd one below it. */
function checkMajority({ plan: { nodes }, parts, report, isWhole }: Checked): void {
  const controllers = controllersOf(nodes);
  const [last] = controllers.slice(-1);
  const isEven = controllers.length % 2 === 0 && controllers.length > 0;
  if (!isWhole || !last || !isEven || parts.storage.kind !== 'etcd') return;
  const lost = controllers.length / 2 - 1;
  const message = `${controllers.length} controllers survive the loss of ${lost === 0 ? 'none' : lost}, as ${controllers.length - 1} would`;
  report.warn(message, placeOfNode(last, 'name'), 'etcd needs a majority: take an odd number');
}

/** etcd and certificates know a controller by its address. */
function checkControllerAddresses({ nodes, report }: Checked): void {
  for (const { node, links } of nodes) {
    if (node.role === 'worker' || node.role === 'single') continue;
    if (links.some(({ addresses }) => addresses.some((each) => parseCidr(each)))) continue;
    // What was written and is wrong has been reported.
    const isWritten =
      saysItself(node, 'address') ||
      (node.own.interfaces ?? []).some((each) => find(each.node, ['address'])) ||
      !hasAllInterfaces(node);
    if (isWritten) continue;
    const note = 'etcd and the certificates know a controller by its address; DHCP may change it';
    report.error(`the controller ${node.name} needs an "address"`, placeOfNode(node, 'name'), note);
  }
}

function checkStorage({ plan: { nodes }, parts, sources, report }: Checked): void {
  const { storage } = parts;
  const isLocal = storage.kind === 'kine' && storage.source.startsWith('sqlite');
  const first = firstOf(nodes);
  if (!isLocal || !first || first.role === 'single') return;
  const note = 'name a database that all controllers reach, or leave "storage" out for etcd';
  const message = 'SQLite is on one box only: it is for a single node';
  report.error(message, sources.at(['storage', 'kine']), note);
}

function checkTokens({ plan: { nodes, written }, sources, report }: Checked): void {
  const workers = nodes.filter(({ role }) => role === 'worker').length;
  if (written['worker-tokens'] !== 'each' || workers <= MOST_TOKENS) return;
  const message = `${workers} workers with a token each are more than the seed of a controller holds (${MOST_TOKENS})`;
  report.error(message, sources.at(['worker-tokens']), 'write worker-tokens: shared');
}

/** A site that names releases names one for each node. */
function checkArchitectures({ plan, parts, report }: Checked): void {
  const { releases } = parts;
  if (releases.size === 0) return;
  for (const node of plan.nodes) {
    const { arch } = node.settings;
    if (arch === undefined || releases.has(arch)) continue;
    const message = `${node.name} is ${arch}, and "image.release" has no release for that`;
    report.error(message, placeOfNode(node, 'arch'));
  }
}

function controllersOf(nodes: readonly PlannedNode[]): readonly PlannedNode[] {
  return nodes.filter(({ role }) => role === 'controller' || role === 'controller+worker');
}
