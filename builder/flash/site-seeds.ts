import type { Site, SiteNode } from '../site/definition/site.ts';
import { nodeFilesOf } from '../site/node-files/node-files-of.ts';
import type { Secrets } from '../site/secrets/secrets.ts';
import { seedIso } from '../site/seed-iso/seed-iso.ts';
import type { FilledPartition } from './disk/layout.ts';
import { seedPartition } from './seed.ts';

/** What makes partitions of the seeds of a site's nodes: of the same ISOs that `kiln site` writes. Pure. */
export function siteSeeds(site: Site, secrets: Secrets): (node: SiteNode) => FilledPartition {
  const nodeFiles = nodeFilesOf(site, secrets);
  return (node) => seedPartition(seedIso(nodeFiles(node)));
}
