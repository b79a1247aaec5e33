import type { SiteNode } from '../definition/site.ts';
import { type Cluster, runsPods } from './cluster.ts';

const KUBELET = '--kubelet-extra-args=';

/** The flags for k0s: the site's, and those that follow from how the node is reached. Pure. */
export function k0sArgs(cluster: Cluster, node: SiteNode): readonly string[] {
  const own = node.k0sArgs.filter((arg) => !arg.startsWith(KUBELET));
  // They may be given either way; k0s takes the flag once.
  const given = node.k0sArgs
    .filter((arg) => arg.startsWith(KUBELET))
    .map((arg) => arg.slice(KUBELET.length));
  const kubelet = runsPods(node) ? [...nodeAddress(node), ...given, ...node.kubeletArgs] : given;
  return [
    ...own,
    ...(kubelet.length > 0 ? [`${KUBELET}${kubelet.join(' ')}`] : []),
    ...reconcilerArgs(cluster, node),
  ];
}

/**
 * Without it the kubelet takes the address of its default route, which is another one on a node with several cards,
 * and the shared one while a controller has it; and it takes two families only if it is told so.
 */
function nodeAddress({
  address,
  secondAddress,
  kubeletArgs,
  k0sArgs,
}: SiteNode): readonly string[] {
  const isGiven = [...kubeletArgs, ...k0sArgs].some((arg) => arg.includes('--node-ip='));
  if (address === undefined || isGiven) return [];
  return [`--node-ip=${[address, ...(secondAddress === undefined ? [] : [secondAddress])].join()}`];
}

/** k0s asks for this where controllers pass on the address that is their external one (docs/cplb.md). */
function reconcilerArgs({ site }: Cluster, { role }: SiteNode): readonly string[] {
  const { access } = site.api;
  const isPassedOn = access.kind === 'vip' && !access.nodeLocal;
  return isPassedOn && role !== 'worker' ? ['--disable-components=endpoint-reconciler'] : [];
}
