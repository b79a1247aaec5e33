/** Where controllers have what they show to an etcd that is not k0s's. */
export const ETCD_FILES = {
  ca: '/etc/k0s/etcd/ca.crt',
  certificate: '/etc/k0s/etcd/client.crt',
  key: '/etc/k0s/etcd/client.key',
} as const;
