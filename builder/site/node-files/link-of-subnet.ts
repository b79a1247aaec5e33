import { BlockList, isIPv6 } from 'node:net';
import type { Link } from '../definition/site.ts';

/**
 * The name of the link that has an address in the same network, if the name is sure: a card without a hardware
 * address keeps whatever name the kernel gives it. Pure.
 */
export function linkOfSubnet(links: readonly Link[], address: string): string | undefined {
  const [host = ''] = address.split('/');
  const link = links.find(({ addresses }) => addresses.some((cidr) => isWithin(host, cidr)));
  if (link === undefined) return undefined;
  return link.kind === 'ethernet' && link.mac === undefined ? undefined : link.name;
}

function isWithin(host: string, cidr: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  if (isIPv6(host) !== isIPv6(network)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), isIPv6(network) ? 'ipv6' : 'ipv4');
  return list.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
}
