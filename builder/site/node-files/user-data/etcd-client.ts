import type { Storage } from '../../definition/site.ts';
import type { WrittenFile } from './write-file.ts';

const DIRECTORY = '/etc/k0s/etcd';

/** Where controllers have what they show to an etcd that is not k0s's. */
export const ETCD_FILES = {
  ca: `${DIRECTORY}/ca.crt`,
  certificate: `${DIRECTORY}/client.crt`,
  key: `${DIRECTORY}/client.key`,
} as const;

/** Who shows it: k0s runs kube-apiserver as this user, and changes the owners of its own files only. */
const API_SERVER = 'kube-apiserver';

/** The files of an etcd's client, for controllers. Pure. */
export function etcdClientFiles(storage: Storage): readonly WrittenFile[] {
  if (storage.kind !== 'external-etcd' || storage.tls === undefined) return [];
  const { ca, certificate, key } = storage.tls;
  return [
    { path: ETCD_FILES.ca, content: ca },
    { path: ETCD_FILES.certificate, content: certificate },
    { path: ETCD_FILES.key, content: key, permissions: '0400', owner: API_SERVER },
  ];
}
