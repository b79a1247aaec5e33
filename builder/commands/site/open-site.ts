import { describeDiagnostic } from '../../report/format.ts';
import { loadSite } from '../../site/definition/load.ts';
import type { Site } from '../../site/definition/site.ts';
import type { Session } from '../options.ts';

/**
 * Reads a site for a command, and tells what it warns of.
 * @throws DiagnosticsError with every mistake in it
 */
export async function openSite(
  file: string,
  { progress }: Pick<Session, 'progress'>,
): Promise<Site> {
  const { site, warnings } = await loadSite(file);
  for (const warning of warnings) progress.warn(describeDiagnostic(warning));
  return site;
}
