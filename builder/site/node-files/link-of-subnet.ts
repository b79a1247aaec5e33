import { isWithin, parseCidr } from '../definition/ip.ts';
import type { Link } from '../definition/site.ts';

/**
 * The name of the link that is in the network of an address, CIDR, if the name is sure: a card without a hardware
 * address keeps whatever name the kernel gives it. Pure.
 */
export function linkOfSubnet(links: readonly Link[], address: string): string | undefined {
  const ip = parseCidr(address);
  const link = ip && links.find(({ addresses }) => addresses.some(isAround));
  if (link === undefined) return undefined;
  return link.kind === 'ethernet' && link.mac === undefined ? undefined : link.name;

  function isAround(text: string): boolean {
    const cidr = parseCidr(text);
    return ip !== undefined && cidr !== undefined && isWithin(ip, cidr);
  }
}
