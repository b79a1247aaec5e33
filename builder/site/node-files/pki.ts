import type { SiteNode } from '../definition/site.ts';
import { type Cluster, hasOwnEtcd } from './cluster.ts';

/**
 * The `pki` key of a controller's metadata: what it has to have, and nothing that it gets by joining. k0s hands the
 * CA, the keys of service accounts and etcd's CA to who joins etcd, and never the front proxy's CA. Who shares
 * storage elsewhere does not join, and needs the same CA from the start. Pure.
 */
export function pkiOf(
  { site, secrets }: Cluster,
  node: SiteNode,
): Readonly<Record<string, string>> {
  const { kubernetes, frontProxy, etcd } = secrets.authorities;
  const { serviceAccounts } = secrets;
  const startsWithAll = node.bootstrap || node.role === 'single' || !hasOwnEtcd(site);
  return {
    ...(startsWithAll && {
      'ca.crt': kubernetes.certificate,
      'ca.key': kubernetes.key,
    }),
    'front-proxy-ca.crt': frontProxy.certificate,
    'front-proxy-ca.key': frontProxy.key,
    ...(startsWithAll &&
      hasOwnEtcd(site) && { 'etcd/ca.crt': etcd.certificate, 'etcd/ca.key': etcd.key }),
    ...(startsWithAll && { 'sa.pub': serviceAccounts.publicKey, 'sa.key': serviceAccounts.key }),
  };
}
