import type { JsonValue } from '../../yaml/decoder.ts';
import type { RawMap } from '../../yaml/json.ts';
import type { Written } from './schema.ts';
import type { Settings } from './schema-node.ts';

/** What the site says for all of its nodes, in the words of a node. */
export function settingsOfSite(written: Partial<Written>): Settings {
  const { network = {}, image, access, proxy } = written;
  const { gateway, dns, search, ntp, mtu } = network as Settings;
  return {
    ...(image?.arch && { arch: image.arch }),
    ...(gateway && { gateway }),
    ...(dns && { dns }),
    ...(search && { search }),
    ...(ntp && { ntp }),
    ...(mtu !== undefined && { mtu }),
    ...(proxy && { proxy }),
    ...(written['time-zone'] !== undefined && { 'time-zone': written['time-zone'] }),
    ...(access && { 'ssh-keys': access['ssh-keys'] }),
    ...(written['cloud-config'] && { 'cloud-config': written['cloud-config'] }),
    ...(written.install && { install: written.install }),
    ...(written.var && { var: written.var }),
  };
}

/** Settings over others: maps merge, anything else is replaced. */
export function layOver(below: Settings, above: Settings): Settings {
  const result = { ...below, ...above };
  if (below.labels && above.labels) {
    Object.assign(result, { labels: { ...below.labels, ...above.labels } });
  }
  if (below.proxy && above.proxy) {
    Object.assign(result, { proxy: { ...below.proxy, ...above.proxy } });
  }
  if (below.install && above.install) {
    Object.assign(result, { install: { ...below.install, ...above.install } });
  }
  if (below.var && above.var) {
    Object.assign(result, { var: { ...below.var, ...above.var } });
  }
  const [lower, upper] = [below['cloud-config'], above['cloud-config']];
  if (lower && upper) Object.assign(result, { 'cloud-config': mergeRaw(lower, upper) });
  return result;
}

/** A raw map over another: maps merge, anything else is replaced. */
function mergeRaw(below: RawMap, above: RawMap): RawMap {
  const entries = new Map<string, JsonValue>(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const known = entries.get(key);
    const both = isMap(known) && isMap(value);
    entries.set(key, both ? mergeRaw(known, value) : value);
  }
  return Object.fromEntries(entries);
}

function isMap(value: JsonValue | undefined): value is RawMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
