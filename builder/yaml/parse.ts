import {
  type Alias,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type YAMLError,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { placeOf, type Report, type SourceFile, type SourcePos } from '../report/diagnostic.ts';
import type { MapEntry, ScalarValue, YamlNode } from './node.ts';

/**
 * More values than any honest file has: a few nested aliases can multiply without end. A file without aliases has fewer
 * values than characters, so that a site of ten thousand nodes is not taken for one.
 */
const MAX_VALUES = 100_000;
const MAX_DEPTH = 64;

/**
 * Reads YAML 1.2 (core schema). Syntax errors, duplicate keys, keys that are not text, unknown tags and aliases that
 * loop or grow too large are reported; what could be read is returned, an empty file as an empty map.
 */
export function parseYaml(file: SourceFile, report: Report): YamlNode {
  const document = parseDocument(file.text, { prettyErrors: false, uniqueKeys: false });
  for (const error of [...document.errors, ...document.warnings]) {
    report.error(plainMessage(error), clampTo(file, error.pos[0], error.pos[1]));
  }
  const reader = new Reader(file, report, (alias) => alias.resolve(document));
  const root = document.contents ? reader.read(document.contents, 0) : undefined;
  const start = { file, start: 0, end: 0 };
  return root ?? { kind: 'map', at: start, heading: start, entries: new Map() };
}

class Reader {
  readonly #file: SourceFile;
  readonly #report: Report;
  readonly #target: (alias: Alias) => Node | undefined;
  /** Anchored values that are being read now: an alias to one of them would never end. */
  readonly #open = new Set<Node>();
  readonly #maxValues: number;
  #values = 0;

  constructor(file: SourceFile, report: Report, target: (alias: Alias) => Node | undefined) {
    this.#file = file;
    this.#report = report;
    this.#target = target;
    this.#maxValues = Math.max(MAX_VALUES, file.text.length);
  }

  /** Undefined when the value was refused, with the reason reported. */
  read(node: Node, depth: number, key?: SourcePos): YamlNode | undefined {
    if (++this.#values > this.#maxValues) {
      if (this.#values === this.#maxValues + 1) {
        this.#report.error(
          `aliases make more than ${this.#maxValues} values of this file`,
          this.#at(node),
        );
      }
      return undefined;
    }
    if (depth > MAX_DEPTH)
      return this.#refuse(node, `values are nested more than ${MAX_DEPTH} deep`);
    if (isAlias(node)) return this.#readAlias(node, depth, key);
    if (isMap(node) || isSeq(node)) return this.#readCollection(node, depth, key);
    if (isScalar(node)) return this.#readScalar(node.value, node, key);
    return this.#refuse(node, 'not a value');
  }

  #readAlias(alias: Alias, depth: number, key: SourcePos | undefined): YamlNode | undefined {
    const target = this.#target(alias);
    if (!target)
      return this.#refuse(alias, `there is no anchor "&${alias.source}" before this alias`);
    if (this.#open.has(target)) {
      return this.#refuse(alias, `the alias "*${alias.source}" stands inside the value it repeats`);
    }
    return this.read(target, depth + 1, key);
  }

  #readCollection(node: YAMLMap | YAMLSeq, depth: number, key: SourcePos | undefined): YamlNode {
    this.#open.add(node);
    const at = this.#at(node);
    const place = { at, heading: key ?? { ...at, end: at.start } };
    const result: YamlNode = isMap(node)
      ? { kind: 'map', ...place, entries: this.#readEntries(node, depth) }
      : { kind: 'list', ...place, items: this.#readItems(node, depth) };
    this.#open.delete(node);
    return result;
  }

  #readItems(list: YAMLSeq, depth: number): readonly YamlNode[] {
    const nodes = list.items.filter((item) => isNode(item));
    return nodes.flatMap((item) => this.read(item, depth + 1) ?? []);
  }

  #readEntries(map: YAMLMap, depth: number): ReadonlyMap<string, MapEntry> {
    const entries = new Map<string, MapEntry>();
    for (const pair of map.items) {
      if (!isPair(pair) || !isNode(pair.key)) continue;
      const key = this.#readKey(pair.key);
      if (!key) continue;
      const first = entries.get(key.text);
      if (first) {
        const note = `it is first given at ${placeOf(first.key)}`;
        this.#report.error(`the key "${key.text}" is given twice`, key.at, note);
        continue;
      }
      const value = isNode(pair.value)
        ? this.read(pair.value, depth + 1, key.at)
        : this.#empty(key.at);
      if (value) entries.set(key.text, { key: key.at, value });
    }
    return entries;
  }

  #readKey(node: Node): { readonly text: string; readonly at: SourcePos } | undefined {
    const at = this.#at(node);
    if (isScalar(node) && node.value !== null && typeof node.value !== 'object') {
      return { text: String(node.source ?? node.value), at };
    }
    this.#report.error('a key must be text', at);
    return undefined;
  }

  #readScalar(value: unknown, node: Node, key: SourcePos | undefined): YamlNode | undefined {
    const at = this.#at(node);
    // A value that is not written has no place of its own to point at.
    if (at.start === at.end && key) return this.#empty(key);
    if (isScalarValue(value)) return { kind: 'scalar', at, value };
    return this.#refuse(node, 'only text, numbers, true and false are known here');
  }

  #empty(at: SourcePos): YamlNode {
    return { kind: 'scalar', at, value: null };
  }

  #refuse(node: Node, message: string): undefined {
    this.#report.error(message, this.#at(node));
    return undefined;
  }

  #at(node: Node): SourcePos {
    const [start, end] = node.range ?? [0, 0];
    return clampTo(this.#file, start, end);
  }
}

function isNode(value: unknown): value is Node {
  return isAlias(value) || isScalar(value) || isMap(value) || isSeq(value);
}

function isScalarValue(value: unknown): value is ScalarValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function clampTo(file: SourceFile, start: number, end: number): SourcePos {
  const last = file.text.length;
  return { file, start: Math.min(start, last), end: Math.min(Math.max(end, start), last) };
}

/** The parser's sentences as part of ours: about the file, not about the parser. */
function plainMessage({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'a second YAML document begins here; a file holds one';
  const text = message
    .replace(/\.$/, '')
    .replace(/"quote$/, 'double quote')
    .replace(/'quote$/, 'single quote');
  return `YAML: ${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
