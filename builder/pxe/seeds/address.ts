/** Where seeds are below the server's address. */
const PREFIX = 'seed/';

/**
 * The path of a box's seed, for the boot script: what iPXE fills in is the card that it boots from, and what the box
 * itself fills in is its serial number, which may be empty (cloud-init's NoCloud).
 */
export const SEED_PATH = `${PREFIX}\${netX/mac}/__dmi.system-serial-number__/`;

/** What a request for a file of a seed says. */
export interface SeedPath {
  readonly mac: string;
  readonly serial: string;
  readonly file: string;
}

/** Reads the name of a request, as `nameOf` gives it; undefined when it is not one for a seed. */
export function parseSeedPath(name: string): SeedPath | undefined {
  if (!name.startsWith(PREFIX)) return undefined;
  const parts = name.slice(PREFIX.length).split('/');
  const [mac = '', serial = '', file = ''] = parts.length === 2 ? [parts[0], '', parts[1]] : parts;
  return { mac: mac.toLowerCase(), serial, file: parts.length > 3 ? '' : file };
}
