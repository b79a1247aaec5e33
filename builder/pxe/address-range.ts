/** First and last IPv4 address to give away. */
export interface AddressRange {
  readonly first: string;
  readonly last: string;
}

const ADDRESS = '(\\d{1,3}(?:\\.\\d{1,3}){3})';
const RANGE = new RegExp(`^${ADDRESS}-${ADDRESS}$`);

/** Reads "10.9.0.50-10.9.0.99"; undefined when it is no range. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [, first, last] = RANGE.exec(text) ?? [];
  if (first === undefined || last === undefined) return undefined;
  const [from, to] = [numberOf(first), numberOf(last)];
  return from !== undefined && to !== undefined && from <= to ? { first, last } : undefined;
}

function numberOf(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}
