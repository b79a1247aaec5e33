import type { SiteNode } from '../../definition/site.ts';
import type { Cluster } from '../cluster.ts';
import { sharedHost } from '../endpoints.ts';
import type { WrittenFile } from './write-file.ts';

const ENVIRONMENT_FILE = '/etc/k0s/proxy.env';

/**
 * The proxy's settings for k0s and all that it starts, containerd among it. A proxy's address may hold a password:
 * it is in a file of its own, since systemd shows everybody what is in a unit. Pure.
 */
export function proxyFiles(cluster: Cluster, node: SiteNode): readonly WrittenFile[] {
  const { proxy, role } = node;
  if (proxy === undefined) return [];
  const unit = role === 'worker' ? 'k0sworker' : 'k0scontroller';
  const settings = [
    ...(proxy.http === undefined ? [] : [`HTTP_PROXY=${quoted(proxy.http)}`]),
    ...(proxy.https === undefined ? [] : [`HTTPS_PROXY=${quoted(proxy.https)}`]),
    `NO_PROXY=${quoted([...noProxy(cluster), ...proxy.noProxy].join())}`,
  ];
  return [
    {
      path: `/etc/systemd/system/${unit}.service.d/20-kiln-proxy.conf`,
      content: `[Service]\nEnvironmentFile=${ENVIRONMENT_FILE}\n`,
    },
    {
      path: ENVIRONMENT_FILE,
      content: settings.map((line) => `${line}\n`).join(''),
      permissions: '0600',
    },
  ];
}

/** What is inside: the box itself, the cluster's networks and names, the nodes, and where the API is. */
function noProxy(cluster: Cluster): readonly string[] {
  const { site, controllers, networks } = cluster;
  const { pods, services, domain } = site.cluster;
  const shared = sharedHost(cluster);
  const found = [
    ...['localhost', '127.0.0.0/8', '::1'],
    ...[...pods, ...services, ...networks],
    ...['.svc', `.${domain}`],
    ...(shared === undefined ? [] : [shared]),
    ...controllers.flatMap(({ address }) => address ?? []),
  ];
  return [...new Set(found)];
}

/** As systemd reads EnvironmentFile=. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\`$]/g, '\\$&')}"`;
}
