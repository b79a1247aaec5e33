import type { JsonObject } from '../../definition/json.ts';
import type { SiteNode } from '../../definition/site.ts';
import { addressOf, type Cluster } from '../cluster.ts';
import { externalAddress } from '../endpoints.ts';

/** `spec.api`. Pure. */
export function apiSpec(cluster: Cluster, node: SiteNode): JsonObject {
  const { port, joinPort, sans } = cluster.site.api;
  const external = externalAddress(cluster);
  // A single node may have its address from DHCP.
  const address = node.role === 'single' ? node.address : addressOf(node);
  return {
    ...(address !== undefined && { address }),
    ...(external !== undefined && { externalAddress: external }),
    port,
    k0sApiPort: joinPort,
    ...(sans.length > 0 && { sans }),
  };
}
