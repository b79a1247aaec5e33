import { defaulted, list, object, required } from '../../yaml/collections.ts';
import { loadYaml } from '../../yaml/decode.ts';
import { described } from '../../yaml/decoder.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Suite } from './definition.ts';
import { PACKAGE } from './names.ts';
import { OMIT, SUITES } from './schema.ts';

/** The programs that Kiln brings, as a list of packages for the host's architecture. */
export interface ToolsDefinition {
  /** The file that it was read from, as given. */
  readonly file: string;
  readonly suites: Readonly<Record<string, Suite>>;
  readonly packages: readonly string[];
  /** Packages that count as installed but are left out, with the reason why nothing needs them. */
  readonly omit: Readonly<Record<string, string>>;
}

/** images/tools.yaml. */
export const TOOLS = object({
  suites: required(SUITES),
  packages: required(
    described('Packages with the programs that builds use.', list(PACKAGE, { min: 1 })),
  ),
  omit: defaulted(OMIT, {}),
});

/**
 * Reads the file that lists Kiln's own tools.
 * @throws DiagnosticsError with everything that is wrong with it
 */
export async function loadToolsDefinition(
  file: string,
): Promise<{ readonly definition: ToolsDefinition; readonly sources: Sources }> {
  const { value, sources } = await loadYaml(file, TOOLS);
  return { definition: { file, ...value }, sources };
}
