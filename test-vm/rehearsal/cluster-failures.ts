import type { ClusterView } from './cluster-view.ts';
import type { Failure } from './failures.ts';
import type { Goal, Plan, PlannedNode } from './plan.ts';

/** What is not as it should be in the cluster, as its nodes see it. Pure. */
export function clusterFailures(
  plan: Plan,
  views: ReadonlyMap<string, ClusterView>,
): readonly Failure[] {
  const seen = plan.nodes.flatMap((node) => {
    const view = views.get(node.name);
    return view === undefined ? [] : [{ node, view }];
  });
  return [
    // Who is in another cluster is missing in this one.
    ...strangeAuthorities(seen),
    ...seen.flatMap((each) => unregistered(plan.goal, each)),
    ...seen.flatMap((each) => strangeMembers(plan, each)),
    ...unreachable(plan.goal, seen),
    ...virtualAddress(plan, seen),
  ].filter(isFirst);
}

interface Seen {
  readonly node: PlannedNode;
  readonly view: ClusterView;
}

function unregistered({ workers }: Goal, { node, view }: Seen): readonly Failure[] {
  if (node.role === 'worker') return [];
  const { nodes } = view;
  if (nodes === undefined) {
    return [
      { node: node.name, cause: `does not say which nodes it has: ${view.errors.join('; ')}` },
    ];
  }
  return workers.flatMap((name) => {
    const found = nodes.find((each) => each.name === name);
    if (found === undefined) return [{ node: name, cause: `is not registered with ${node.name}` }];
    if (found.isReady) return [];
    return [{ node: name, cause: `is registered, and not Ready: ${found.message}` }];
  });
}

function strangeMembers({ goal, nodes }: Plan, { node, view }: Seen): readonly Failure[] {
  if (node.role === 'worker' || goal.etcdMembers === undefined) return [];
  const { members } = view;
  if (members === undefined) {
    return [
      { node: node.name, cause: `does not say which members etcd has: ${view.errors.join('; ')}` },
    ];
  }
  const missing = goal.etcdMembers.filter((address) => !members.includes(address));
  const strange = members.filter((address) => !goal.etcdMembers?.includes(address));
  return [
    ...missing.map((address) => ({
      node: nodes.find((other) => other.address === address)?.name,
      cause: `is no member of the etcd of ${node.name}, which has ${members.join(', ')}`,
    })),
    ...strange.map((address) => ({
      node: node.name,
      cause: `its etcd has a member at ${address}, where no controller of the site is`,
    })),
  ];
}

/** All have to trust the authority that the first controller has. */
function strangeAuthorities(seen: readonly Seen[]): readonly Failure[] {
  const first = seen.find(({ node, view }) => node.role !== 'worker' && view.ca !== undefined);
  if (first === undefined) return [];
  return seen
    .filter(({ view }) => view.ca !== undefined && view.ca !== first.view.ca)
    .map(({ node }) => ({
      node: node.name,
      cause: `trusts another authority than ${first.node.name}: it is in another cluster`,
    }));
}

function unreachable({ api }: Goal, seen: readonly Seen[]): readonly Failure[] {
  return seen
    .filter(({ view }) => !view.reachesApi)
    .map(({ node }) => ({
      node: node.name,
      cause: `does not reach the API at ${api.host}, port ${api.port}`,
    }));
}

function virtualAddress({ goal: { api }, nodes }: Plan, seen: readonly Seen[]): readonly Failure[] {
  const controllers = seen.filter(({ node }) => node.role !== 'worker');
  if (!api.isVirtual || controllers.length === 0) return [];
  const holders = controllers.filter(({ view }) => view.hasVirtualAddress);
  if (holders.length === 1) return [];
  const names = nodes.filter(({ role }) => role !== 'worker').map(({ name }) => name);
  const cause =
    holders.length === 0
      ? `the virtual address ${api.host} is on none of ${names.join(', ')}`
      : `the virtual address ${api.host} is on ${holders.map(({ node }) => node.name).join(' and ')} at a time`;
  return [{ node: undefined, cause }];
}

/** Several controllers tell the same of a node: once is enough, and the first cause is the nearest. */
function isFirst({ node, cause }: Failure, index: number, all: readonly Failure[]): boolean {
  return (
    all.findIndex((other) => (node === undefined ? other.cause === cause : other.node === node)) ===
    index
  );
}
