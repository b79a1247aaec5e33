import {
  type CreateNodeOptions,
  Document,
  type DocumentOptions,
  Scalar,
  type SchemaOptions,
  visit,
} from 'yaml';
import type { JsonObject } from '../definition/json.ts';

/** Characters that Python's YAML takes for line breaks, or not at all, where others take them for text. */
const STRANGE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

/**
 * Texts that have to be in quotes for Python's YAML 1.1, though not by YAML 1.2: with these characters, with tabs in
 * one line, and two words that were given a meaning.
 */
const MISREAD = new RegExp(`${STRANGE.source}|\\r|^[^\\n]*\\t[^\\n]*$|^(=|<<)$`);

/** What of them JSON has, however it is nested. */
const MAYBE_MISREAD = new RegExp(`${STRANGE.source}|\\\\[rt]|"(=|<<)"`);

const OPTIONS: DocumentOptions & SchemaOptions & CreateNodeOptions = {
  version: '1.1',
  aliasDuplicateObjects: false,
  // Nothing is merged by "<<", and the tag for it would write a text of the same form without quotes.
  customTags: (tags) =>
    tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:merge'),
};

/**
 * YAML of a seed: read by Python as YAML 1.1, where a MAC address of digits is a number unless it is quoted.
 * No line is folded and nothing is an alias, so that what is written can be searched for. Pure.
 */
export function seedYaml(value: JsonObject): string {
  const document = new Document(value, OPTIONS);
  if (MAYBE_MISREAD.test(JSON.stringify(value))) visit(document, { Scalar: quote });
  return document
    .toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER })
    .replaceAll(STRANGE, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function quote(_: unknown, scalar: Scalar): void {
  if (typeof scalar.value === 'string' && MISREAD.test(scalar.value)) {
    scalar.type = Scalar.QUOTE_DOUBLE;
  }
}

/** A cloud-config document. Pure. */
export function cloudConfigYaml(value: JsonObject): string {
  return `#cloud-config\n${seedYaml(value)}`;
}
