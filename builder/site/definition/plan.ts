import type { SourcePos } from '../../report/diagnostic.ts';
import type { Placed } from '../../yaml/decoder.ts';
import type { YamlNode } from '../../yaml/node.ts';
import { find, placeIn, type YamlPath } from '../../yaml/sources.ts';
import type { Written } from './schema.ts';
import type { Settings, WrittenInterface } from './schema-node.ts';
import type { Role } from './site.ts';

/** What is a node's own, apart from its name. */
export interface Identity {
  readonly address?: readonly string[];
  readonly mac?: string;
  readonly serial?: string;
  /** In small letters. */
  readonly uuid?: string;
  readonly lan?: string;
  readonly interfaces?: readonly Placed<WrittenInterface>[];
}

/** A node with everything that holds for it, and the places where that was written. */
export interface PlannedNode {
  readonly name: string;
  readonly role: Role;
  readonly bootstrap: boolean | undefined;
  readonly own: Identity;
  /** Defaults, group and node laid over each other: maps merge, anything else is replaced. */
  readonly settings: Settings;
  /** What says something of it, from near to far: node, or exception and group; defaults; the site. */
  readonly layers: readonly YamlNode[];
}

/** What stands below all nodes: what the site says, and its defaults over that. */
export interface Ground {
  readonly settings: Settings;
  /** Defaults, then the site. */
  readonly layers: readonly YamlNode[];
}

/** A site file as far as it could be read, with its groups written out. */
export interface Plan {
  readonly written: Partial<Written>;
  readonly nodes: readonly PlannedNode[];
  /** Whether all nodes of the file could be read: else counting them says nothing. */
  readonly isWhole: boolean;
  readonly root: YamlNode;
}

/** Where the site's own words for what nodes may have too are. */
const OF_SITE: Readonly<Record<string, YamlPath>> = {
  arch: ['image', 'arch'],
  gateway: ['network', 'gateway'],
  dns: ['network', 'dns'],
  search: ['network', 'search'],
  ntp: ['network', 'ntp'],
  mtu: ['network', 'mtu'],
  'ssh-keys': ['access', 'ssh-keys'],
};

/** Where something that holds for a node is written: the nearest place that says it, else the node itself. */
export function placeOfNode({ layers }: PlannedNode, ...path: YamlPath): SourcePos {
  const [nearest] = layers;
  if (!nearest) throw new Error('a node that nobody has written');
  const whole = writtenFor(layers, path);
  if (whole) return placeIn(whole.layer, whole.path);
  // A single item may be written without the list that it would be in.
  const part = writtenFor(layers, path.slice(0, 1));
  return part ? placeIn(part.layer, [...part.path, ...path.slice(1)]) : placeIn(nearest, path);
}

/** Whether a node itself, or the group that it is of, says something. */
export function saysItself({ layers }: PlannedNode, ...path: YamlPath): boolean {
  // Defaults and site are the last two.
  return layers.slice(0, -2).some((layer) => find(layer, path) !== undefined);
}

/** Whether every interface of a node could be read: else nothing can be said about what is missing. */
export function hasAllInterfaces({ own, layers }: PlannedNode): boolean {
  const layer = layers.find((each) => find(each, ['interfaces']));
  const list = layer && find(layer, ['interfaces']);
  return (
    list === undefined || (list.kind === 'list' && list.items.length === own.interfaces?.length)
  );
}

/** The nearest layer that says something, with the way to it. */
function writtenFor(
  layers: readonly YamlNode[],
  path: YamlPath,
): { readonly layer: YamlNode; readonly path: YamlPath } | undefined {
  const [key, ...rest] = path;
  const ofSite = [...(OF_SITE[String(key)] ?? [key ?? '']), ...rest];
  for (const [index, layer] of layers.entries()) {
    const here = index === layers.length - 1 ? ofSite : path;
    if (find(layer, here)) return { layer, path: here };
  }
  return undefined;
}

/** Where a key that holds for a node is written; of one that is not, what holds it. */
export function keyPlaceOfNode(node: PlannedNode, path: YamlPath, key: string): SourcePos {
  const [nearest] = node.layers.flatMap((layer) => {
    const map = find(layer, path);
    return (map?.kind === 'map' ? map.entries.get(key)?.key : undefined) ?? [];
  });
  return nearest ?? placeOfNode(node, ...path);
}

/** What is a node's own, and what it could share. */
export function split(written: Identity & Settings): readonly [Identity, Settings] {
  const { address, mac, serial, uuid, lan, interfaces, ...settings } = written;
  const own = {
    ...(address && { address }),
    ...(mac !== undefined && { mac }),
    ...(serial !== undefined && { serial }),
    ...(uuid !== undefined && { uuid: uuid.toLowerCase() }),
    ...(lan !== undefined && { lan }),
    ...(interfaces && { interfaces }),
  };
  return [own, settings];
}
