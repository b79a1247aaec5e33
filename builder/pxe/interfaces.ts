import type { NetworkInterfaceInfo } from 'node:os';
import { KilnError } from '../report/errors.ts';

/** Where machines are that boot over the network. */
export interface Place {
  readonly interface: string;
  /** IPv4. */
  readonly address: string;
  readonly network: string;
}

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * The interface that was asked for, or the only one that leads anywhere.
 * @throws KilnError when it has no IPv4 address, or it is not clear which is meant
 */
export function choosePlace(interfaces: Interfaces, wanted: string | undefined): Place {
  const places = Object.entries(interfaces).flatMap(([name, addresses = []]) => {
    const own = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
    return own === undefined ? [] : [placeOf(name, own)];
  });
  const list = places.map((place) => `${place.interface} (${place.address})`).join(', ');
  if (wanted !== undefined) {
    const found = places.find((place) => place.interface === wanted);
    if (found !== undefined) return found;
    throw new KilnError('usage', `the interface ${wanted} is not there, or has no IPv4 address`, {
      hint: list === '' ? 'give one an address first' : `there are ${list}`,
    });
  }
  const [first, second] = places;
  if (first !== undefined && second === undefined) return first;
  throw new KilnError(
    'usage',
    first === undefined
      ? 'no interface has an IPv4 address, so there is no network to serve'
      : 'this machine is in more than one network',
    {
      hint:
        first === undefined
          ? 'give the interface that the machines are at an address first'
          : `say with --interface where the machines are: ${list}`,
    },
  );
}

function placeOf(name: string, { address, netmask }: NetworkInterfaceInfo): Place {
  const mask = netmask.split('.').map(Number);
  const network = address
    .split('.')
    .map((part, index) => Number(part) & (mask[index] ?? 0))
    .join('.');
  return { interface: name, address, network };
}
