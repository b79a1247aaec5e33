import { type Diagnostic, Report, type SourcePos } from '../report/diagnostic.ts';
import { DiagnosticsError } from '../report/format.ts';
import type { Sha256 } from '../report/sha256.ts';
import type { Decoder } from './decoder.ts';
import { headingOf, type YamlNode } from './node.ts';

/** A file that was read, for a manifest. */
export interface ReadFile {
  readonly path: string;
  readonly sha256: Sha256;
}

/** A way from the top of a document to a value: keys of maps, numbers or texts of list items. */
export type YamlPath = readonly (string | number)[];

/** Where each value of a loaded document was written, so that an error found much later still points at it. */
export class Sources {
  /** The file that the user named. */
  readonly subject: string;
  /** Every file that was read, in the order in which they are laid over each other. */
  readonly files: readonly ReadFile[];
  readonly #root: YamlNode;

  constructor(subject: string, files: readonly ReadFile[], root: YamlNode) {
    this.subject = subject;
    this.files = files;
    this.#root = root;
  }

  /** Where the value is written; of what is not written (a default), the nearest value around it. */
  at(path: YamlPath): SourcePos {
    return placeIn(this.#root, path);
  }

  /** Where a map's key is written, when it is. */
  keyAt(path: YamlPath, key: string): SourcePos | undefined {
    const map = this.#find(path);
    return map?.kind === 'map' ? map.entries.get(key)?.key : undefined;
  }

  /** Where a text stands in a list; of one that does not, the list. */
  ofItem(listPath: YamlPath, value: string): SourcePos {
    return this.at([...listPath, value]);
  }

  /** The value at a path, when it is written and nothing at all is wrong with it. */
  intact<T>(path: YamlPath, decoder: Decoder<T>): T | undefined {
    const node = this.#find(path);
    const report = new Report();
    const value = node && decoder.decode(node, { report, extent: 'whole' });
    return report.isEmpty ? value : undefined;
  }

  /** Ends the command with these errors. */
  fail(diagnostics: readonly Diagnostic[]): never {
    throw new DiagnosticsError(this.subject, diagnostics);
  }

  #find(path: YamlPath): YamlNode | undefined {
    return find(this.#root, path);
  }
}

/** Where the value at a path below `root` is written; of what is not written, the nearest value around it. */
export function placeIn(root: YamlNode, path: YamlPath): SourcePos {
  let node = root;
  for (const step of path) {
    const next = child(node, step);
    if (!next) break;
    node = next;
  }
  return headingOf(node);
}

/** The value at a path below `root`, when it is written. */
export function find(root: YamlNode, path: YamlPath): YamlNode | undefined {
  return path.reduce<YamlNode | undefined>((node, step) => node && child(node, step), root);
}

function child(node: YamlNode, step: string | number): YamlNode | undefined {
  if (node.kind === 'map') return node.entries.get(String(step))?.value;
  if (node.kind !== 'list') return undefined;
  if (typeof step === 'number') return node.items[step];
  return node.items.find((item) => item.kind === 'scalar' && item.value === step);
}
