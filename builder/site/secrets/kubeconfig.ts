import { X509Certificate } from 'node:crypto';
import { stringify } from 'yaml';
import type { Site } from '../definition/site.ts';
import { hoursAfter, type Making } from './authority.ts';
import { type Client, makeClientCertificate } from './certificate.ts';
import { ADMIN } from './complete.ts';
import type { Authority, Secrets } from './secrets.ts';
import { serverUrl } from './token.ts';

/** The kubeconfig of the site's administrator, whose certificate the bundle has. Pure. */
export function adminKubeconfig(site: KubeconfigSite, secrets: Secrets): string {
  return kubeconfig(site, secrets, { user: ADMIN.user, pair: secrets.admin });
}

/** A kubeconfig with a new certificate for a user. */
export async function userKubeconfig(
  site: KubeconfigSite,
  secrets: Secrets,
  client: Client,
  making: Making,
): Promise<string> {
  const pair = await makeClientCertificate(client, secrets.authorities.kubernetes, making);
  return kubeconfig(site, secrets, { user: client.user, pair });
}

/** What of a site its kubeconfigs depend on. */
export type KubeconfigSite = Pick<Site, 'name' | 'api' | 'nodes'>;

/** Where users reach the site's API. Pure. */
export function apiServer({ name, api, nodes }: KubeconfigSite): string {
  switch (api.access.kind) {
    case 'vip':
      return serverUrl(api.access.address.replace(/\/.*$/, ''), api.port);
    case 'balancer':
      return serverUrl(api.access.address, api.port);
    case 'direct':
    case 'node-local': {
      const first = nodes.find(({ bootstrap }) => bootstrap);
      if (first === undefined) throw new Error(`the site ${name} has no first controller`);
      return serverUrl(first.address ?? first.name, api.port);
    }
  }
}

/** When a certificate of so many days ends: with the authority at the latest. Pure. */
export function expiryIn(days: number, now: Date, authority: string): Date {
  const wanted = hoursAfter(now, days * 24);
  const last = new Date(new X509Certificate(authority).validTo);
  return wanted < last ? wanted : last;
}

function kubeconfig(
  site: KubeconfigSite,
  secrets: Secrets,
  { user, pair }: { readonly user: string; readonly pair: Authority },
): string {
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  const context = `${user}@${site.name}`;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: site.name,
        cluster: {
          server: apiServer(site),
          'certificate-authority-data': base64(secrets.authorities.kubernetes.certificate),
        },
      },
    ],
    contexts: [{ name: context, context: { cluster: site.name, user } }],
    'current-context': context,
    users: [
      {
        name: user,
        user: {
          'client-certificate-data': base64(pair.certificate),
          'client-key-data': base64(pair.key),
        },
      },
    ],
  };
  return stringify(config, { lineWidth: 0 });
}
