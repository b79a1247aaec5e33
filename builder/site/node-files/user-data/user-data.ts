import type { JsonObject } from '../../definition/json.ts';
import type { SiteNode } from '../../definition/site.ts';
import type { Cluster } from '../cluster.ts';

/** What cloud-init does on a node. Pure. */
export function userData(_cluster: Cluster, node: SiteNode): JsonObject {
  return {
    ...(node.sshKeys.length > 0 && { ssh_authorized_keys: node.sshKeys }),
    ...(node.timeZone !== undefined && { timezone: node.timeZone }),
    ...(node.ntp.length > 0 && {
      ntp: { enabled: true, ntp_client: 'systemd-timesyncd', servers: node.ntp },
    }),
    ...node.cloudConfig,
  };
}
