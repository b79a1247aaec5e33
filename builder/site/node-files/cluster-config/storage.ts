import type { JsonObject } from '../../definition/json.ts';
import type { Site, SiteNode } from '../../definition/site.ts';
import { addressOf } from '../cluster.ts';
import { ETCD_FILES } from '../user-data/etcd-client.ts';

/** `spec.storage`; nothing where k0s's own default is meant. Pure. */
export function storageSpec({ storage }: Site, node: SiteNode): JsonObject {
  switch (storage.kind) {
    case 'etcd':
      // Said even to a single node: it has SQLite otherwise.
      return { storage: { type: 'etcd', etcd: { peerAddress: addressOf(node) } } };
    case 'external-etcd': {
      const { endpoints, prefix, tls } = storage;
      const files = tls && {
        caFile: ETCD_FILES.ca,
        clientCertFile: ETCD_FILES.certificate,
        clientKeyFile: ETCD_FILES.key,
      };
      const externalCluster = { endpoints, etcdPrefix: prefix, ...files };
      return { storage: { type: 'etcd', etcd: { externalCluster } } };
    }
    case 'kine':
      return { storage: { type: 'kine', kine: { dataSource: storage.source } } };
    case 'sqlite':
      return { storage: { type: 'kine' } };
  }
}
