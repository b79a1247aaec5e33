import { type DecodeContext, type Decoder, type JsonValue, wrongKind } from './decoder.ts';
import type { MapNode, YamlNode } from './node.ts';

/** What a raw map decodes to. */
export type RawMap = { readonly [key: string]: JsonValue };

/** A map that is handed on as it is: what may be in it, somebody else knows. */
export function jsonObject(): Decoder<RawMap> {
  return {
    expected: 'a map',
    schema: () => ({ type: 'object' }),
    decode(node, context) {
      return node.kind === 'map' ? objectOf(node, context) : wrongKind('a map', node, context);
    },
  };
}

function objectOf(node: MapNode, context: DecodeContext): RawMap {
  return Object.fromEntries(
    [...node.entries].map(([key, { value }]) => [key, jsonOf(value, context)]),
  );
}

function jsonOf(node: YamlNode, context: DecodeContext): JsonValue {
  switch (node.kind) {
    case 'map':
      return objectOf(node, context);
    case 'list':
      return node.items.map((item) => jsonOf(item, context));
    case 'scalar':
      if (typeof node.value !== 'number' || Number.isFinite(node.value)) return node.value;
      context.report.error('expected a finite number: JSON knows no other', node.at);
      return null;
  }
}
