import { cidrText, networkOf, parseCidr } from '../definition/ip.ts';
import type { SiteNode } from '../definition/site.ts';

/** The networks of nodes' static addresses, CIDR, each once, in the order of the site. Pure. */
export function nodeNetworks(nodes: readonly SiteNode[]): readonly string[] {
  const found = new Set<string>();
  for (const { links } of nodes) {
    for (const { addresses } of links) {
      for (const address of addresses) {
        const cidr = parseCidr(address);
        if (cidr) found.add(cidrText(networkOf(cidr)));
      }
    }
  }
  return [...found];
}
