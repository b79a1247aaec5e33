import type { Site, SiteNode } from '../../site/definition/site.ts';
import { nodeFilesOf } from '../../site/node-files/node-files-of.ts';
import type { Secrets } from '../../site/secrets/secrets.ts';
import type { NodeSeed } from './keeper.ts';

/** The seeds of a site's nodes, with what their machines are known by. Pure. */
export function siteSeeds(site: Site, secrets: Secrets): readonly NodeSeed[] {
  const filesOf = nodeFilesOf(site, secrets);
  return site.nodes.map((node) => ({
    name: node.name,
    macs: macsOf(node),
    ...(node.serial !== undefined && { serial: node.serial }),
    ...(node.uuid !== undefined && { uuid: node.uuid }),
    installs: node.install !== undefined,
    files: filesOf(node).files,
  }));
}

/** Nodes whose machines cannot be told from others. Pure. */
export function unknowable(seeds: readonly NodeSeed[]): readonly string[] {
  return seeds
    .filter(({ macs, serial, uuid }) => macs.length === 0 && (serial ?? uuid) === undefined)
    .map(({ name }) => name);
}

function macsOf({ links }: SiteNode): readonly string[] {
  return links.flatMap((link) =>
    link.kind === 'ethernet' && link.mac !== undefined ? [link.mac] : [],
  );
}
