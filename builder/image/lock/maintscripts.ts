import { Report, type SourceFile } from '../../report/diagnostic.ts';
import { DiagnosticsError } from '../../report/format.ts';
import { list, type ObjectOf, object, optional, required } from '../../yaml/collections.ts';
import { readSource } from '../../yaml/decode.ts';
import { type Decoder, described } from '../../yaml/decoder.ts';
import { headingOf, type YamlNode } from '../../yaml/node.ts';
import { parseYaml } from '../../yaml/parse.ts';
import { oneOf, text } from '../../yaml/scalars.ts';
import { ABSOLUTE_PATH, ACCOUNT, PACKAGE, SHA256 } from '../definition/names.ts';

const fields = {
  package: required(PACKAGE),
  script: required(
    described('Removal scripts and debconf questions need no entry.', oneOf('preinst', 'postinst')),
  ),
  sha256: required(
    described(
      'Digests of the script: one for each version or architecture.',
      list(SHA256, { min: 1 }),
    ),
  ),
  reason: required(
    described(
      'Why nothing is lost on a fresh install, or what is done instead and where.',
      text({ pattern: /\S/, expected: 'a text that says why nothing is lost' }),
    ),
  ),
  paths: optional(
    described(
      'What the finished image must have, because this script would have made it.',
      list(ABSOLUTE_PATH),
    ),
  ),
  accounts: optional(
    described(
      'Users and groups that the image must have, because this script would have made them.',
      list(ACCOUNT),
    ),
  ),
};

/** An entry of images/maintscripts.yaml: a maintainer script that somebody has read. */
export type ReviewedScript = ObjectOf<typeof fields>;

/** images/maintscripts.yaml, as written. */
export const REVIEWED_SCRIPTS: Decoder<readonly ReviewedScript[]> = list(object(fields));

/**
 * Reads the list of reviewed scripts.
 * @throws DiagnosticsError with everything that is wrong in it
 */
export async function loadReviewedScripts(path: string): Promise<readonly ReviewedScript[]> {
  return decodeReviewedScripts(await readSource(path));
}

/**
 * Decodes a list of reviewed scripts.
 * @throws DiagnosticsError with everything that is wrong in it
 */
export function decodeReviewedScripts(file: SourceFile): readonly ReviewedScript[] {
  const report = new Report();
  const root = parseYaml(file, report);
  const scripts = REVIEWED_SCRIPTS.decode(root, { report, extent: 'whole' }) ?? [];
  if (report.isEmpty) reportRepeated(scripts, root, report);
  if (!report.isEmpty) throw new DiagnosticsError(file.name, report.diagnostics);
  return scripts;
}

/** Two entries with one digest could give two reasons for one script. */
function reportRepeated(scripts: readonly ReviewedScript[], root: YamlNode, report: Report): void {
  const seen = new Set<string>();
  for (const [index, { package: name, script, sha256 }] of scripts.entries()) {
    for (const digest of sha256) {
      const key = `${name} ${script} ${digest}`;
      const entry = root.kind === 'list' ? root.items[index] : undefined;
      if (seen.has(key)) {
        const at = entry === undefined ? undefined : headingOf(entry);
        report.error(`${name}'s ${script} ${digest.slice(0, 12)}… has an entry already`, at);
      }
      seen.add(key);
    }
  }
}
