import { list } from './collections.ts';
import { type Decoder, mapped, wrongKind } from './decoder.ts';

/** A value that may be written in one of two ways: as a word, or as a list or map with more in it. */
export function shortOrLong<T>(short: Decoder<T>, long: Decoder<T>): Decoder<T> {
  const expected = `${short.expected}, or ${long.expected}`;
  return {
    expected,
    schema: (extent) => ({ anyOf: [short.schema(extent), long.schema(extent)] }),
    decode(node, context) {
      const isEmpty = node.kind === 'scalar' && node.value === null;
      if (isEmpty) return wrongKind(expected, node, context);
      return (node.kind === 'scalar' ? short : long).decode(node, context);
    },
  };
}

/** A list that may be written without brackets when it has one item. */
export function oneOrMore<T>(item: Decoder<T>): Decoder<readonly T[]> {
  return shortOrLong(
    mapped(item, (value) => [value]),
    list(item, { min: 1 }),
  );
}
