import type { FilledPartition } from '../../flash/disk/layout.ts';
import type { ReleaseImage } from '../../flash/image/release-image.ts';
import { nodeNamed } from '../../flash/site-nodes.ts';
import { siteSeeds } from '../../flash/site-seeds.ts';
import type { Site, SiteNode } from '../../site/definition/site.ts';
import type { Session } from '../options.ts';
import { openSite } from '../site/open-site.ts';
import type { SecretsOptions } from '../site/secrets-flags.ts';
import { readSiteSecrets } from '../site/secrets-options.ts';

/**
 * Makes the seed of one node, with the secrets that the site has.
 * @throws KilnError when the site has no such node, or no secrets, or the image is for another architecture
 */
export async function seedOfNode(
  { site: file, node: name }: { readonly site: string; readonly node: string },
  image: ReleaseImage,
  options: SecretsOptions & { readonly installer?: boolean },
  session: Session,
): Promise<FilledPartition> {
  const site = await openSite(file, session);
  // Before secrets are opened, which may ask for a passphrase.
  const node = nodeNamed(site, name, image);
  const warning = options.installer === true ? missingOrder(node, file) : undefined;
  if (warning !== undefined) session.progress.warn(warning);
  return siteSeeds(site, await readSiteSecrets({ file, site }, options, session))(node);
}

/** What makes the seeds of all nodes of a site. Throws as above. */
export async function openSeeds(
  file: string,
  options: SecretsOptions,
  session: Session,
): Promise<{ readonly site: Site; readonly seedOf: (node: SiteNode) => FilledPartition }> {
  const site = await openSite(file, session);
  const secrets = await readSiteSecrets({ file, site }, options, session);
  return { site, seedOf: siteSeeds(site, secrets) };
}

/** What to say of a node that an installer will not know what to do with; undefined for all others. Pure. */
export function missingOrder({ name, install }: SiteNode, file: string): string | undefined {
  if (install !== undefined) return undefined;
  return `${name} has no \`install\` key in ${file}: the installer will list the disks that it sees, and wait`;
}
