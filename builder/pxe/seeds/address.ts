import type { Plate } from '../clients.ts';

/** Where seeds are below the server's address. */
const PREFIX = 'seed/';

/**
 * The path of a box's seed, for what starts it, which fills in the card that it boots from; what the box itself fills
 * in is its UUID and its serial number, which may be empty (cloud-init's NoCloud). Each part has its letter, for an
 * empty part of a path would be none.
 * @param mac what the boot loader calls that card's hardware address
 */
export function seedPath(mac: string): string {
  return `${PREFIX}${mac}/u-__dmi.system-uuid__/s-__dmi.system-serial-number__/`;
}

/** The same for iPXE. */
export const SEED_PATH = seedPath(`\${netX/mac}`);

/** What a request for a file of a seed says. */
export interface SeedPath extends Plate {
  readonly mac: string;
  readonly file: string;
}

/** Reads the name of a request, as `nameOf` gives it; undefined when it is not one for a seed. */
export function parseSeedPath(name: string): SeedPath | undefined {
  if (!name.startsWith(PREFIX)) return undefined;
  const [mac = '', ...rest] = name.slice(PREFIX.length).split('/');
  const file = rest.pop() ?? '';
  const part = (letter: string): string =>
    rest.find((each) => each.startsWith(`${letter}-`))?.slice(2) ?? '';
  return {
    ...{ mac: mac.toLowerCase(), file },
    ...plateOf(part('s'), part('u')),
  };
}

/** What a box asks for its boot script with: the name, and what iPXE fills in. */
export const MACHINE_SCRIPT = 'machine.ipxe';
export const MACHINE_QUERY = `mac=\${netX/mac}&uuid=\${uuid}&serial=\${serial:uristring}`;

/** Reads the query of such a request. */
export function parseMachineQuery(target: string): Plate & { readonly mac: string } {
  const query = new URLSearchParams(target.includes('?') ? target.replace(/^[^?]*\?/, '') : '');
  const mac = (query.get('mac') ?? '').toLowerCase();
  return { mac, ...plateOf(query.get('serial') ?? '', query.get('uuid') ?? '') };
}

/** What a machine says of itself; what no plate says counts for nothing, for it is also shown. */
function plateOf(serial: string, uuid: string): Plate {
  return {
    serial: /^[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}$/.test(serial) ? serial : '',
    uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid) ? uuid.toLowerCase() : '',
  };
}
