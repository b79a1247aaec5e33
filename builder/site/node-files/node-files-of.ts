import { sha256 } from '../../report/sha256.ts';
import type { JsonObject } from '../definition/json.ts';
import type { Site, SiteNode } from '../definition/site.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { clusterOf } from './cluster.ts';
import { metaData, metaDataBody } from './meta-data.ts';
import { networkConfig } from './network-config.ts';
import type { NodeFiles } from './node-files.ts';
import { checkSizes } from './seed-limits.ts';
import { cloudConfigYaml, seedYaml } from './seed-yaml.ts';
import { userData } from './user-data/user-data.ts';

/** cloud-init looks for it; a site says all that it has to say in user-data. */
const VENDOR_DATA = cloudConfigYaml({});

/**
 * What makes the files of a site's nodes: pure, the same bytes for the same site and secrets. What nodes share is
 * found here, once. It throws a KilnError when a box would not take a node's files because of their size.
 */
export function nodeFilesOf(site: Site, secrets: Secrets): (node: SiteNode) => NodeFiles {
  const cluster = clusterOf(site, secrets);
  const cloudConfig = writtenOnce(cloudConfigYaml);
  return (node) => {
    const body = metaDataBody(cluster, node);
    const others = {
      'user-data': cloudConfig(userData(cluster, node)),
      'vendor-data': VENDOR_DATA,
      'network-config': seedYaml(networkConfig(node)),
    };
    const instanceId = `${site.name}-${node.name}-${digestOf([body, ...Object.values(others)])}`;
    const files = { 'meta-data': metaData(instanceId, body), ...others };
    const made = { node: node.name, instanceId, files };
    checkSizes(made);
    return made;
  };
}

/** A box takes a changed seed only under another instance-id. */
function digestOf(texts: readonly string[]): string {
  return sha256(texts.map(sha256).join()).slice(0, 12);
}

/** Nodes of a group follow each other and have the same user-data, which takes longer to write than to compare. */
function writtenOnce(write: (value: JsonObject) => string): (value: JsonObject) => string {
  let last = { key: '', text: '' };
  return (value) => {
    const key = JSON.stringify(value);
    if (key !== last.key) last = { key, text: write(value) };
    return last.text;
  };
}
