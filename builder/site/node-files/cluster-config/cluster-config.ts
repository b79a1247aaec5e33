import type { JsonObject } from '../../definition/json.ts';
import type { SiteNode } from '../../definition/site.ts';
import type { Cluster } from '../cluster.ts';
import { merge } from '../merge.ts';
import { apiSpec } from './api.ts';
import { extensionsSpec } from './helm.ts';
import { networkSpec } from './network.ts';
import { storageSpec } from './storage.ts';

/** k0s's configuration for a controller or a single node. Pure. */
export function clusterConfig(cluster: Cluster, node: SiteNode): JsonObject {
  const { site } = cluster;
  const profiles = Object.entries(site.profiles).map(([name, values]) => ({ name, values }));
  const spec = {
    api: apiSpec(cluster, node),
    ...storageSpec(site, node),
    network: networkSpec(cluster, node),
    ...(profiles.length > 0 && { workerProfiles: profiles }),
    ...extensionsSpec(cluster),
    telemetry: { enabled: false },
  };
  const config = {
    apiVersion: 'k0s.k0sproject.io/v1beta1',
    kind: 'ClusterConfig',
    metadata: { name: 'k0s' },
    spec,
  };
  return merge(config, site.config);
}
