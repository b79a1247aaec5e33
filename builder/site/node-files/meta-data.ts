import { installKey } from '../definition/install-key.ts';
import type { SiteNode } from '../definition/site.ts';
import { varKey } from '../definition/var-key.ts';
import type { Cluster } from './cluster.ts';
import { k0sKey } from './k0s-key.ts';
import { seedYaml } from './seed-yaml.ts';

/** All of a node's metadata but the instance-id, which depends on it. Pure. */
export function metaDataBody(cluster: Cluster, node: SiteNode): string {
  return seedYaml({
    'local-hostname': node.name,
    k0s: k0sKey(cluster, node),
    ...(node.install && { install: installKey(node.install) }),
    ...(node.var && { var: varKey(node.var) }),
  });
}

/** The metadata (NoCloud's meta-data). Pure. */
export function metaData(instanceId: string, body: string): string {
  return `${seedYaml({ 'instance-id': instanceId })}${body}`;
}
