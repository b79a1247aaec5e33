import { Report } from '../../report/diagnostic.ts';
import { didYouMean } from '../../report/suggest.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Alternative } from '../definition/definition.ts';
import { generatedLink } from './generated.ts';
import type { Tree, TreeEntry } from './tree.ts';
import { resolveInTree } from './tree-path.ts';

/**
 * Both symlinks of each alternative, as update-alternatives(1) makes them: the generic name to
 * /etc/alternatives, and from there to the program. Throws DiagnosticsError for targets that do not exist.
 */
export function alternativeLinks(
  tree: Tree,
  alternatives: readonly Alternative[],
  sources: Sources,
  epoch: number,
): readonly TreeEntry[] {
  const report = new Report();
  const links = alternatives.flatMap(({ name, link, target }) => {
    if (resolveInTree(tree, target) === undefined) {
      const nearby = [...tree.keys()].map((path) => `/${path}`);
      report.error(
        `there is no ${target} for the alternative "${name}"${didYouMean(target, nearby)}`,
        sources.at(['alternatives', name, 'target']),
      );
    }
    return [
      generatedLink(link.replace(/^\/+/, ''), `/etc/alternatives/${name}`, epoch),
      generatedLink(`etc/alternatives/${name}`, `/${target.replace(/^\/+/, '')}`, epoch),
    ];
  });
  if (!report.isEmpty) sources.fail(report.diagnostics);
  return links;
}
