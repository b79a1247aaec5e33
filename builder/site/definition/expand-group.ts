import type { Report } from '../../report/diagnostic.ts';
import { didYouMean } from '../../report/suggest.ts';
import type { Placed } from '../../yaml/decoder.ts';
import { headingOf, type YamlNode } from '../../yaml/node.ts';
import { placeIn, type YamlPath } from '../../yaml/sources.ts';
import { parseCidr } from './ip.ts';
import { DNS_LABEL_PATTERN, MAC_PATTERN } from './names.ts';
import { type Ground, type Identity, type PlannedNode, split } from './plan.ts';
import { type Base, parseRange, textOf } from './range.ts';
import type { WrittenGroup, WrittenInterface } from './schema-node.ts';
import { layOver } from './settings.ts';

interface Group {
  readonly written: WrittenGroup;
  readonly node: YamlNode;
  readonly count: number;
  readonly report: Report;
}

/** Gives a member's own text, or texts, by its place in the group. */
type Series<T> = (place: number) => T;

/** The nodes of a group, as many as it has names. Everything that has ranges must have as many. */
export function expandGroup(
  { value, node }: Placed<WrittenGroup>,
  ground: Ground,
  report: Report,
): readonly PlannedNode[] {
  const { name, role, overrides = {}, address, mac, serial, lan, interfaces, ...rest } = value;
  const names = textsOf(name, 10);
  const group: Group = { written: value, node, count: names.length, report };
  checkTexts(group, names, DNS_LABEL_PATTERN.test.bind(DNS_LABEL_PATTERN), 'a DNS label', ['name']);
  const series = {
    address: address && addressSeries(group, address, ['address']),
    mac: mac && macSeries(group, mac, ['mac']),
    serial: serial && oneSeries(group, serial, 10, ['serial']),
    interfaces: interfaces && interfaceSeries(group, interfaces),
  };
  const settings = layOver(ground.settings, rest);
  const layers = [node, ...ground.layers];
  reportStrangers(group, names);
  return names.map((member, place): PlannedNode => {
    const own: Identity = {
      ...(series.address && { address: series.address(place) }),
      ...(series.mac && { mac: series.mac(place) }),
      ...(series.serial && { serial: series.serial(place) }),
      ...(lan !== undefined && { lan }),
      ...(series.interfaces && { interfaces: series.interfaces(place) }),
    };
    const planned = { name: member, role, bootstrap: undefined, own, settings, layers };
    const override = Object.hasOwn(overrides, member) ? overrides[member] : undefined;
    if (!override) return planned;
    const [itsOwn, itsSettings] = split(override.value);
    return {
      ...planned,
      own: { ...own, ...itsOwn },
      settings: layOver(settings, itsSettings),
      layers: [override.node, ...layers],
    };
  });
}

function textsOf(source: string, base: Base): readonly string[] {
  const range = parseRange(source, base);
  return range ? Array.from({ length: range.count }, (_, place) => textOf(range, place)) : [];
}

/** Addresses of both families are two series side by side. */
function addressSeries(
  group: Group,
  sources: readonly string[],
  path: YamlPath,
): Series<readonly string[]> {
  const isCidr = (text: string): boolean => parseCidr(text) !== undefined;
  const families = ([10, 16] as const).flatMap((base) => {
    const ofFamily = sources.filter((source) => source.includes(':') === (base === 16));
    const texts = ofFamily.flatMap((source) => textsOf(source, base));
    if (ofFamily.length === 0) return [];
    checkCount(group, texts, base === 16 ? 'IPv6 address' : 'address', path);
    const good = checkTexts(group, texts, isCidr, 'an address with its prefix', path);
    return good ? [texts] : [];
  });
  return (place) => families.flatMap((texts) => texts[place] ?? []);
}

function macSeries(group: Group, sources: readonly string[], path: YamlPath): Series<string> {
  const isMac = (text: string): boolean => MAC_PATTERN.test(text);
  return oneSeries(group, sources, 16, path, { test: isMac, what: 'a MAC address' });
}

function oneSeries(
  group: Group,
  sources: readonly string[],
  base: Base,
  path: YamlPath,
  rule?: { readonly test: (text: string) => boolean; readonly what: string },
): Series<string> {
  const texts = sources.flatMap((source) => textsOf(source, base));
  checkCount(group, texts, path.at(-1) === 'serial' ? 'serial number' : 'MAC address', path);
  if (rule) checkTexts(group, texts, rule.test, rule.what, path);
  return (place) => texts[place] ?? '';
}

function interfaceSeries(
  group: Group,
  interfaces: readonly Placed<WrittenInterface>[],
): Series<readonly Placed<WrittenInterface>[]> {
  const series = interfaces.map(
    ({ value: written, node }, index): Series<Placed<WrittenInterface>> => {
      const path = ['interfaces', index];
      const address =
        written.address && addressSeries(group, written.address, [...path, 'address']);
      const mac =
        'ethernet' in written && written.mac !== undefined
          ? macSeries(group, [written.mac], [...path, 'mac'])
          : undefined;
      return (place) => ({
        node,
        value: {
          ...written,
          ...(address && { address: address(place) }),
          ...(mac && { mac: mac(place) }),
        },
      });
    },
  );
  return (place) => series.map((each) => each(place));
}

function checkCount(
  { written, node, count, report }: Group,
  texts: readonly string[],
  noun: string,
  path: YamlPath,
): void {
  if (texts.length === count || count === 0) return;
  report.error(
    `"${written.name}" stands for ${countOf(count, 'name')}, and this for ${countOf(texts.length, noun)}`,
    placeIn(node, path),
    'a group has one for each of its nodes',
  );
}

function countOf(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  return `${count} ${noun}${noun.endsWith('s') ? 'es' : 's'}`;
}

/** One error for all of a group; whether there is none. */
function checkTexts(
  { node, report }: Group,
  texts: readonly string[],
  test: (text: string) => boolean,
  what: string,
  path: YamlPath,
): boolean {
  const bad = texts.find((text) => !test(text));
  if (bad === undefined) return true;
  report.error(`one of these is "${bad}", and that is not ${what}`, placeIn(node, path));
  return false;
}

function reportStrangers({ written, report }: Group, names: readonly string[]): void {
  const known = new Set(names);
  for (const [name, { node: at }] of Object.entries(written.overrides ?? {})) {
    if (known.has(name)) continue;
    const tail = didYouMean(name, names);
    report.error(`"${written.name}" has no node "${name}"${tail}`, headingOf(at));
  }
}
