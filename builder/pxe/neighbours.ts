import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';

/** The hardware address behind an IPv4 address of this network; undefined when the kernel does not know it. */
export type Neighbours = (address: string) => Promise<string | undefined>;

/** The flag of an entry that was answered, in the third column (ATF_COM, linux/if_arp.h). */
const COMPLETE = 0x2;

/**
 * Reads the kernel's ARP table: /proc/net/arp (proc_net(5)), as text. An address that is there more than once, with
 * different hardware addresses or on different interfaces, is left out: nobody can say whose it is.
 */
export function parseArp(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const ambiguous = new Set<string>();
  for (const line of text.split('\n').slice(1)) {
    const [address = '', , flags = '', mac = ''] = line.trim().split(/\s+/);
    if (!isIPv4(address) || (Number(flags) & COMPLETE) === 0) continue;
    if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac)) continue;
    const before = found.get(address);
    if (before !== undefined && before !== mac.toLowerCase()) ambiguous.add(address);
    found.set(address, mac.toLowerCase());
  }
  for (const address of ambiguous) found.delete(address);
  return found;
}

/** This machine's neighbours, as they are now. */
export const kernelNeighbours: Neighbours = async (address) =>
  parseArp(await readFile('/proc/net/arp', 'utf8').catch(() => '')).get(address);

/** An address as a socket tells it, without the IPv6 form of IPv4 (RFC 4291, section 2.5.5.2). */
export function plainAddress(remote: string | undefined): string {
  return (remote ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}
