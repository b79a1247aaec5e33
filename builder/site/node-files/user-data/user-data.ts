import type { Json, JsonObject } from '../../definition/json.ts';
import type { SiteNode } from '../../definition/site.ts';
import { chartPath, chartsOf } from '../charts.ts';
import { type Cluster, runsPods } from '../cluster.ts';
import { merge } from '../merge.ts';
import { etcdClientFiles } from './etcd-client.ts';
import { proxyFiles } from './proxy.ts';
import { registryFiles } from './registries.ts';
import { type WrittenFile, writeFile } from './write-file.ts';

/** What cloud-init does on a node, with the site's raw cloud-config on top. Pure. */
export function userData(cluster: Cluster, node: SiteNode): JsonObject {
  const files = writtenFiles(cluster, node).map(writeFile);
  const own = {
    ...(node.sshKeys.length > 0 && { ssh_authorized_keys: node.sshKeys }),
    ...(node.timeZone !== undefined && { timezone: node.timeZone }),
    ...(node.ntp.length > 0 && {
      ntp: { enabled: true, ntp_client: 'systemd-timesyncd', servers: node.ntp },
    }),
  };
  const { write_files: given, ...raw } = node.cloudConfig;
  return {
    ...merge(own, raw),
    ...(files.length + (given === undefined ? 0 : 1) > 0 && {
      write_files: withGiven(files, given),
    }),
  };
}

function writtenFiles(cluster: Cluster, node: SiteNode): readonly WrittenFile[] {
  const { registries, storage } = cluster.site;
  return [
    ...proxyFiles(cluster, node),
    ...(runsPods(node) ? registryFiles(registries) : []),
    ...(node.role === 'worker' ? [] : [...etcdClientFiles(storage), ...chartFiles(cluster)]),
  ];
}

/** The charts that controllers carry. */
function chartFiles(cluster: Cluster): readonly WrittenFile[] {
  return chartsOf(cluster).flatMap(({ name, source }) =>
    source.kind === 'file' ? [{ path: chartPath(name, source), content: source.bytes }] : [],
  );
}

/** The one list that is added to: cloud-init writes in order, so that the site's file of the same path wins. */
function withGiven(files: readonly JsonObject[], given: Json | undefined): Json {
  if (given === undefined) return files;
  return Array.isArray(given) ? [...files, ...given] : given;
}
