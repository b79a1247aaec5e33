import { didYouMean } from '../report/suggest.ts';
import { type Decoder, wrongKind } from './decoder.ts';
import type { ScalarNode, YamlNode } from './node.ts';

export interface TextRule {
  /** Anchored regular expression that the text must match. */
  readonly pattern?: RegExp;
  /** What no pattern can say, and the JSON Schema does not. */
  readonly accepts?: (value: string) => boolean;
  /** What it is, with its rule: "a package name (lower-case letters, digits, + - .)". */
  readonly expected?: string;
}

/** A text, that matches a pattern if one is given. */
export function text(rule: TextRule = {}): Decoder<string> {
  const expected = rule.expected ?? 'text';
  return {
    expected,
    schema: () => ({ type: 'string', ...(rule.pattern && { pattern: rule.pattern.source }) }),
    decode(node, context) {
      if (!isScalarOf('string', node)) {
        return wrongKind(expected.includes('text') ? expected : `text: ${expected}`, node, context);
      }
      const fits = (rule.pattern?.test(node.value) ?? true) && (rule.accepts?.(node.value) ?? true);
      if (!fits) {
        const found = node.value === '' ? 'an empty text' : `"${shorten(node.value)}"`;
        context.report.error(`${found} is not ${expected}`, node.at);
        return undefined;
      }
      return node.value;
    },
  };
}

/** A whole number between two others, both included. */
export function integer(min: number, max: number): Decoder<number> {
  const expected = `a whole number from ${min} to ${max}`;
  return {
    expected,
    schema: () => ({ type: 'integer', minimum: min, maximum: max }),
    decode(node, context) {
      if (!isScalarOf('number', node)) return wrongKind(expected, node, context);
      if (Number.isInteger(node.value) && node.value >= min && node.value <= max) return node.value;
      context.report.error(`${node.value} is not ${expected}`, node.at);
      return undefined;
    },
  };
}

/** `true` or `false`. */
export function flag(): Decoder<boolean> {
  return {
    expected: 'true or false',
    schema: () => ({ type: 'boolean' }),
    decode: (node, context) =>
      isScalarOf('boolean', node) ? node.value : wrongKind('true or false', node, context),
  };
}

/** Exactly one value: for a key whose presence is the message. */
export function only<const T extends true>(value: T): Decoder<T> {
  return {
    expected: String(value),
    schema: () => ({ const: value }),
    decode(node, context) {
      if (isScalarOf('boolean', node) && node.value === value) return value;
      return wrongKind(String(value), node, context);
    },
  };
}

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): Decoder<T> {
  const expected = `one of ${words.join(', ')}`;
  return {
    expected,
    schema: () => ({ enum: words }),
    decode(node, context) {
      if (!isScalarOf('string', node)) return wrongKind(expected, node, context);
      const word = words.find((candidate) => candidate === node.value);
      if (word !== undefined) return word;
      const tail = didYouMean(node.value, words) || `; expected ${expected}`;
      context.report.error(`"${shorten(node.value)}" is not known here${tail}`, node.at);
      return undefined;
    },
  };
}

/** A text, a number or a truth value. */
export function plainValue(): Decoder<string | number | boolean> {
  const expected = 'a text, a number or true or false';
  return {
    expected,
    schema: () => ({ type: ['string', 'number', 'boolean'] }),
    decode(node, context) {
      if (node.kind === 'scalar' && node.value !== null) return node.value;
      return wrongKind(expected, node, context);
    },
  };
}

interface Values {
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
}

function isScalarOf<K extends keyof Values>(
  kind: K,
  node: YamlNode,
): node is ScalarNode & { readonly value: Values[K] } {
  return node.kind === 'scalar' && typeof node.value === kind;
}

function shorten(value: string): string {
  return value.length > 60 ? `${value.slice(0, 57)}…` : value;
}
