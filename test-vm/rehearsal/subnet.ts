import { isIP } from 'node:net';

/** An IP network and an address in it: `10.0.0.11/24`. */
export interface Subnet {
  readonly family: 4 | 6;
  /** The address that was written, as a number. */
  readonly address: bigint;
  readonly prefix: number;
  /** The network's first address. */
  readonly first: bigint;
  /** How many addresses it has. */
  readonly size: bigint;
}

/** Reads an address with its prefix, which was checked before; without one the network is that address. Pure. */
export function parseSubnet(text: string): Subnet {
  const [host = '', length] = text.split('/');
  const family = isIP(host) === 6 ? 6 : 4;
  const bits = family === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  const address = family === 4 ? fourBytes(host) : eightWords(host);
  const size = 1n << BigInt(bits - prefix);
  return { family, address, prefix, first: address - (address % size), size };
}

/** The address of a text, as a number; the family is not in it. Pure. */
export function parseAddress(text: string): bigint {
  return parseSubnet(text.split('/')[0] ?? '').address;
}

/** `10.0.0.0/24`: the name of a network, the same for each address in it. Pure. */
export function networkOf({ family, first, prefix }: Subnet): string {
  return `${formatAddress(family, first)}/${prefix}`;
}

/** Whether an address, of the same family, is in a network. Pure. */
export function contains({ first, size }: Subnet, address: bigint): boolean {
  return address >= first && address < first + size;
}

/** An address as text; IPv6 in RFC 5952's form. Pure. */
export function formatAddress(family: 4 | 6, address: bigint): string {
  if (family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 255n).join('.');
  }
  const words = Array.from(
    { length: 8 },
    (_, index) => (address >> BigInt(112 - 16 * index)) & 0xffffn,
  );
  // The platform knows how to shorten it.
  const long = words.map((word) => word.toString(16)).join(':');
  return new URL(`http://[${long}]/`).hostname.slice(1, -1);
}

/** Addresses of a network that hosts can have, from its end, where people seldom begin to count. Pure. */
export function* hostsFromEnd({ family, first, size }: Subnet): Generator<bigint> {
  // IPv4 keeps the last for broadcasts, and both keep the first.
  const last = first + size - (family === 4 ? 2n : 1n);
  for (let address = last; address > first; address -= 1n) yield address;
}

function fourBytes(text: string): bigint {
  return text.split('.').reduce((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
}

function eightWords(text: string): bigint {
  // It comes back in hexadecimal words alone: an IPv4 address at the end is made two of them.
  const short = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [head = '', tail] = short.split('::');
  const words = (part: string): readonly string[] => (part === '' ? [] : part.split(':'));
  const [before, after] = [words(head), words(tail ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...(tail === undefined ? [] : zeros), ...after].reduce(
    (sum, word) => (sum << 16n) + BigInt(`0x${word}`),
    0n,
  );
}
