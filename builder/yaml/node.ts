import type { SourcePos } from '../report/diagnostic.ts';

export type ScalarValue = string | number | boolean | null;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly at: SourcePos;
  readonly value: ScalarValue;
}

export interface ListNode {
  readonly kind: 'list';
  readonly at: SourcePos;
  /** The key that holds it, else its start: what to point at when the whole of it is meant. */
  readonly heading: SourcePos;
  readonly items: readonly YamlNode[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly at: SourcePos;
  /** As of a list. */
  readonly heading: SourcePos;
  /** In the order of the file; keys are unique. */
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface MapEntry {
  readonly key: SourcePos;
  readonly value: YamlNode;
}

/** A YAML value that knows where it was written; aliases are followed, keys are text. */
export type YamlNode = ScalarNode | ListNode | MapNode;

/** What a value is, for "expected a list, but this is …". */
export function describeNode(node: YamlNode): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a map';
  switch (typeof node.value) {
    case 'string':
      return 'text';
    case 'number':
      return 'a number';
    case 'boolean':
      return `the truth value ${node.value}`;
    default:
      return 'empty';
  }
}

/** Where to point when a value as a whole is meant: not at a block of lines, but at the key that holds it. */
export function headingOf(node: YamlNode): SourcePos {
  return node.kind === 'scalar' ? node.at : node.heading;
}
