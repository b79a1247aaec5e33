import { suggest } from '../report/suggest.ts';
import { type DecodeContext, type Decoder, type JsonSchema, wrongKind } from './decoder.ts';
import type { MapNode, YamlNode } from './node.ts';

export interface ListRule {
  /** How many items at least; only looked at in a whole document. */
  readonly min?: number;
}

/** A list. The same text twice in it is an error. */
export function list<T>(item: Decoder<T>, rule: ListRule = {}): Decoder<readonly T[]> {
  return {
    expected: 'a list',
    schema: (extent) => ({
      type: 'array',
      items: extent === 'part' ? orRemoval(item.schema(extent)) : item.schema(extent),
      uniqueItems: true,
      ...(extent === 'whole' && rule.min !== undefined && { minItems: rule.min }),
    }),
    decode(node, context) {
      if (node.kind !== 'list') return wrongKind('a list', node, context);
      reportRepeated(node.items, context);
      const isShort = context.extent === 'whole' && node.items.length < (rule.min ?? 0);
      if (isShort) context.report.error(`expected ${rule.min} or more items`, node.heading);
      return node.items.flatMap((each) => {
        if (context.extent === 'part' && isRemoval(each)) return [];
        return item.decode(each, context) ?? [];
      });
    },
  };
}

/** A map from names that the user chooses to values of one kind. */
export function record<T>(
  name: Decoder<string>,
  value: Decoder<T>,
): Decoder<Readonly<Record<string, T>>> {
  return {
    expected: 'a map',
    schema: (extent) => ({
      type: 'object',
      propertyNames: name.schema(extent),
      additionalProperties:
        extent === 'part' ? orEmpty(value.schema(extent)) : value.schema(extent),
    }),
    decode(node, context) {
      if (node.kind !== 'map') return wrongKind('a map', node, context);
      const entries = [...node.entries].flatMap(([key, entry]): readonly [string, T][] => {
        if (context.extent === 'part' && isEmpty(entry.value)) return [];
        const known = name.decode({ kind: 'scalar', at: entry.key, value: key }, context);
        const decoded = value.decode(entry.value, context);
        return known === undefined || decoded === undefined ? [] : [[known, decoded]];
      });
      return Object.fromEntries(entries);
    },
  };
}

interface Required<T> {
  readonly presence: 'required';
  readonly decoder: Decoder<T>;
}
interface Optional<T> {
  readonly presence: 'optional';
  readonly decoder: Decoder<T>;
}
interface Defaulted<T> {
  readonly presence: 'default';
  readonly decoder: Decoder<T>;
  readonly value: T & JsonSchema[string];
}
type Field = Required<unknown> | Optional<unknown> | Defaulted<unknown>;
type ValueOf<F> = F extends { readonly decoder: Decoder<infer T> } ? T : never;

/** What an `object` of these fields decodes to. */
export type ObjectOf<F extends Readonly<Record<string, Field>>> = {
  readonly [K in keyof F as F[K] extends Optional<unknown> ? never : K]: ValueOf<F[K]>;
} & {
  readonly [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: ValueOf<F[K]>;
};

/** A key that must be there. */
export function required<T>(decoder: Decoder<T>): Required<T> {
  return { presence: 'required', decoder };
}

/** A key that may be missing. */
export function optional<T>(decoder: Decoder<T>): Optional<T> {
  return { presence: 'optional', decoder };
}

/** A key that has a value when it is missing. */
export function defaulted<T>(decoder: Decoder<T>, value: T & JsonSchema[string]): Defaulted<T> {
  return { presence: 'default', decoder, value };
}

/** A map with fixed keys. `some` decodes what is good of a map in which something is wrong or missing. */
export interface ObjectDecoder<T> extends Decoder<T> {
  readonly keys: readonly string[];
  some(node: YamlNode, context: DecodeContext): Partial<T>;
}

/** A map with fixed keys; any other key is an error. */
export function object<F extends Readonly<Record<string, Field>>>(
  fields: F,
): ObjectDecoder<ObjectOf<F>> {
  const all: readonly (readonly [string, Field])[] = Object.entries(fields);
  const keys = all.map(([key]) => key);
  const mandatory = all.filter(([, field]) => field.presence === 'required').map(([key]) => key);

  function some(node: YamlNode, context: DecodeContext): Partial<ObjectOf<F>> {
    if (node.kind !== 'map') {
      wrongKind('a map', node, context);
      return {};
    }
    const misspelt = reportUnknown(node, keys, context);
    if (context.extent === 'whole') {
      const wanted = mandatory.filter((key) => !misspelt.includes(key));
      reportMissing(node, wanted, context);
    }
    const entries = all.map(
      ([key, field]) => [key, decodeField(node, key, field, context)] as const,
    );
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Partial<
      ObjectOf<F>
    >;
  }

  return {
    expected: 'a map',
    keys,
    some,
    schema: (extent) => ({
      type: 'object',
      properties: Object.fromEntries(
        all.map(([key, field]) => [
          key,
          field.presence === 'default' && extent === 'whole'
            ? { ...field.decoder.schema(extent), default: field.value }
            : field.decoder.schema(extent),
        ]),
      ),
      ...(extent === 'whole' && mandatory.length > 0 && { required: mandatory }),
      additionalProperties: false,
    }),
    decode(node, context) {
      // Without keys that must be there, nothing of it would look like a map in which nothing is said.
      if (node.kind !== 'map') return wrongKind('a map', node, context);
      const value = some(node, context);
      return mandatory.every((key) => key in value) ? (value as ObjectOf<F>) : undefined;
    },
  };
}

/** A map of one of several shapes, told apart by the key that only that shape has. */
export function choice<T>(shapes: Readonly<Record<string, ObjectDecoder<T>>>): Decoder<T> {
  const tags = Object.keys(shapes);
  const expected = `a map with one of the keys ${tags.join(', ')}`;
  return {
    expected,
    // The shapes are required to be whole also in a part: they replace, they do not merge.
    schema: () => ({ anyOf: Object.values(shapes).map((shape) => shape.schema('whole')) }),
    decode(node, context) {
      if (node.kind !== 'map') return wrongKind(expected, node, context);
      const [tag, rival] = tags.filter((candidate) => node.entries.has(candidate));
      const shape = tag === undefined ? undefined : shapes[tag];
      if (shape === undefined) {
        const known = Object.values(shapes).flatMap(({ keys }) => keys);
        const misspelt = reportUnknown(node, known, context);
        if (misspelt.length === 0) context.report.error(`expected ${expected}`, node.heading);
        return undefined;
      }
      if (rival !== undefined) {
        context.report.error(
          `"${tag}" and "${rival}" exclude each other`,
          node.entries.get(rival)?.key,
        );
        return undefined;
      }
      return shape.decode(node, { ...context, extent: 'whole' });
    },
  };
}

/** Whether a list item of a part takes an included one away. */
export function isRemoval(node: YamlNode): node is YamlNode & { readonly value: string } {
  return node.kind === 'scalar' && typeof node.value === 'string' && /^-./.test(node.value);
}

/** Whether an entry's value is empty, which in a part takes an included entry away. */
export function isEmpty(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

function decodeField(node: MapNode, key: string, field: Field, context: DecodeContext): unknown {
  const entry = node.entries.get(key);
  const value = entry && field.decoder.decode(entry.value, context);
  // What is wrong was reported: the rest can be looked at as if nothing had been said.
  return value ?? (field.presence === 'default' ? field.value : undefined);
}

/** Gives back the keys that unknown ones were most likely meant to be. */
function reportUnknown(
  node: MapNode,
  keys: readonly string[],
  { report }: DecodeContext,
): readonly string[] {
  const unknown = [...node.entries].filter(([key]) => !keys.includes(key));
  return unknown.flatMap(([key, entry]) => {
    const meant = suggest(key, keys);
    const tail =
      meant === undefined ? `; known keys: ${keys.join(', ')}` : `; did you mean "${meant}"?`;
    report.error(`unknown key "${key}"${tail}`, entry.key);
    return meant ?? [];
  });
}

function reportMissing(node: MapNode, keys: readonly string[], { report }: DecodeContext): void {
  const missing = keys.filter((key) => !node.entries.has(key)).map((key) => `"${key}"`);
  if (missing.length === 0) return;
  const [noun, verb] = missing.length === 1 ? ['key', 'is'] : ['keys', 'are'];
  report.error(`the ${noun} ${missing.join(', ')} ${verb} missing`, node.heading);
}

function reportRepeated(items: readonly YamlNode[], { report }: DecodeContext): void {
  const seen = new Set<unknown>();
  for (const item of items) {
    if (item.kind !== 'scalar') continue;
    if (seen.has(item.value)) report.error(`"${item.value}" is in this list twice`, item.at);
    seen.add(item.value);
  }
}

function orRemoval(schema: JsonSchema): JsonSchema {
  return schema.type === 'object'
    ? schema
    : { anyOf: [schema, { type: 'string', pattern: '^-.' }] };
}

function orEmpty(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] };
}
