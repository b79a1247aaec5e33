import type { Report } from '../report/diagnostic.ts';
import { describeNode, headingOf, type YamlNode } from './node.ts';

/** A JSON Schema document or a part of one (draft 7: what editors of YAML understand). */
export type JsonSchema = { readonly [keyword: string]: JsonValue };
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * How a document is looked at. A `part` is one file of several that are merged: keys may be missing from it,
 * `-item` takes an item away that an included file has, and an empty value takes an entry of a map away.
 */
export type Extent = 'whole' | 'part';

export interface DecodeContext {
  readonly report: Report;
  readonly extent: Extent;
}

/** Turns a YAML value into a `T`, and can say as a JSON Schema what it accepts: one source for both. */
export interface Decoder<T> {
  /** What it wants, as in "expected a list of texts". */
  readonly expected: string;
  schema(extent: Extent): JsonSchema;
  /** Undefined when the value is unusable, with each reason reported. Of a list or map the good parts are kept. */
  decode(node: YamlNode, context: DecodeContext): T | undefined;
}

/** The decoder with a sentence for editors' pop-ups. */
export function described<T>(description: string, decoder: Decoder<T>): Decoder<T> {
  return {
    expected: decoder.expected,
    decode: (node, context) => decoder.decode(node, context),
    schema: (extent) => ({ description, ...decoder.schema(extent) }),
  };
}

/** The decoder, with another form of its values. */
export function mapped<T, U>(decoder: Decoder<T>, form: (value: T) => U): Decoder<U> {
  return {
    expected: decoder.expected,
    schema: (extent) => decoder.schema(extent),
    decode(node, context) {
      const value = decoder.decode(node, context);
      return value === undefined ? undefined : form(value);
    },
  };
}

/** What a decoder gives. */
export type DecodedBy<D> = D extends Decoder<infer T> ? T : never;

/** A value with where it was written, for rules that look at it later. */
export interface Placed<T> {
  readonly value: T;
  readonly node: YamlNode;
}

/** The decoder, for values whose places are needed later. */
export function placed<T>(decoder: Decoder<T>): Decoder<Placed<T>> {
  return {
    expected: decoder.expected,
    schema: (extent) => decoder.schema(extent),
    decode(node, context) {
      const value = decoder.decode(node, context);
      return value === undefined ? undefined : { value, node };
    },
  };
}

/** Reports that a value is of the wrong kind. */
export function wrongKind(expected: string, node: YamlNode, { report }: DecodeContext): undefined {
  const isNumberForText =
    node.kind === 'scalar' && typeof node.value !== 'string' && node.value !== null;
  const source = node.at.file.text.slice(node.at.start, node.at.end);
  const hint = isNumberForText && expected.includes('text') ? `; write "${source}" in quotes` : '';
  report.error(`expected ${expected}, but this is ${describeNode(node)}${hint}`, headingOf(node));
  return undefined;
}

/** JSON Schema of the files that a decoder reads. */
export function jsonSchemaOf(
  decoder: Decoder<unknown>,
  options: { readonly title: string; readonly extent?: Extent },
): JsonSchema {
  const head = { $schema: 'http://json-schema.org/draft-07/schema#', title: options.title };
  return { ...head, ...decoder.schema(options.extent ?? 'whole') };
}
