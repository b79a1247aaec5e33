import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SourcePos } from '../../report/diagnostic.ts';
import { defaulted, list, object, optional, record } from '../../yaml/collections.ts';
import { loadYaml } from '../../yaml/decode.ts';
import { text } from '../../yaml/scalars.ts';

/** The name of the manifest in an overlay's top directory; it is not copied. */
export const MANIFEST = 'overlay.yaml';

/** What an overlay says about one path. Owners are names: their numbers are known when the tree is complete. */
export interface PathRule {
  readonly mode: number | undefined;
  readonly owner: string | undefined;
  readonly group: string | undefined;
  readonly at: SourcePos;
}

export interface OverlayManifest {
  /** By path; the overlay's own files, or what is in the tree already. */
  readonly rules: ReadonlyMap<string, PathRule>;
  /** Paths of the tree that go, with all below them, before the overlay is laid. */
  readonly remove: readonly { readonly path: string; readonly at: SourcePos }[];
  /** Files of the tree that come a second time: with their bytes, but the overlay's owner and mode. */
  readonly copy: readonly { readonly from: string; readonly to: string; readonly at: SourcePos }[];
}

const path = text({
  pattern: /^(?!\/)(?!(?:.*\/)?\.{1,2}(?:\/|$))[^\0]*[^/]$/,
  expected: 'a path below the root, without a slash at its start',
});
const accountName = text({ pattern: /^[a-z_][a-z0-9_-]*$/, expected: 'the name of an account' });
const mode = text({ pattern: /^0?[0-7]{3,4}$/, expected: 'an octal mode as text: "0640"' });

/** The decoder of `overlay.yaml`; its JSON Schema is made from it too. */
const overlayManifestDecoder = object({
  files: defaulted(
    record(
      path,
      object({
        mode: optional(mode),
        owner: optional(accountName),
        group: optional(accountName),
      }),
    ),
    {},
  ),
  remove: defaulted(list(path), []),
  copy: defaulted(record(path, path), {}),
});

/** Reads an overlay's manifest; an overlay without one has no rules. */
export async function readManifest(directory: string): Promise<OverlayManifest> {
  const file = join(directory, MANIFEST);
  if (!existsSync(file)) return { rules: new Map(), remove: [], copy: [] };
  const { value, sources } = await loadYaml(file, overlayManifestDecoder);
  return {
    rules: new Map(
      Object.entries(value.files ?? {}).map(([name, rule]) => [
        name,
        {
          mode: rule.mode === undefined ? undefined : Number.parseInt(rule.mode, 8),
          owner: rule.owner,
          group: rule.group,
          at: sources.keyAt(['files'], name) ?? sources.at(['files', name]),
        },
      ]),
    ),
    remove: (value.remove ?? []).map((name) => ({
      path: name,
      at: sources.ofItem(['remove'], name),
    })),
    copy: Object.entries(value.copy ?? {}).map(([to, from]) => {
      return { from, to, at: sources.at(['copy', to]) };
    }),
  };
}
