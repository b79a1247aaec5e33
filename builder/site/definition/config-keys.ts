/** The names of fields below a field; `true` where what is below is not looked at. */
export interface FieldNames {
  readonly [name: string]: FieldNames | true;
}

function each<const N extends string>(...names: readonly N[]): Readonly<Record<N, true>> {
  return Object.fromEntries(names.map((name) => [name, true])) as Readonly<Record<N, true>>;
}

const ARGS = each('extraArgs', 'rawArgs');
const CA = each('expiresAfter', 'certificatesExpireAfter');
const LOCAL_BALANCER = each(
  ...['image', 'imagePullPolicy', 'apiServerBindPort', 'konnectivityServerBindPort'],
);
const SYNC = ['syncPeriod', 'minSyncPeriod'] as const;
const MASQUERADE = ['masqueradeBit', 'masqueradeAll'] as const;

const NETWORK: FieldNames = {
  ...each('provider', 'podCIDR', 'serviceCIDR', 'clusterDomain', 'primaryAddressFamily'),
  dualStack: each('enabled', 'IPv6podCIDR', 'IPv6serviceCIDR'),
  calico: each(
    ...['mode', 'overlay', 'vxlanPort', 'vxlanVNI', 'mtu', 'wireguard', 'flexVolumeDriverPath'],
    ...['ipAutodetectionMethod', 'ipV6AutodetectionMethod', 'envVars', 'patches'],
  ),
  kuberouter: {
    ...each('autoMTU', 'mtu', 'metricsPort', 'hairpin', 'hairpinMode', 'ipMasq', 'patches'),
    ...each('peerRouterASNs', 'peerRouterIPs'),
    ...ARGS,
  },
  kubeProxy: {
    ...each('disabled', 'mode', 'metricsBindAddress', 'healthzBindAddress', 'nodePortAddresses'),
    iptables: each(...MASQUERADE, 'localhostNodePorts', ...SYNC),
    ipvs: each(
      ...[...SYNC, 'scheduler', 'excludeCIDRs', 'strictARP'],
      ...['tcpTimeout', 'tcpFinTimeout', 'udpTimeout'],
    ),
    nftables: each(...MASQUERADE, ...SYNC),
    patches: true,
    ...ARGS,
  },
  coreDNS: each('patches'),
  nodeLocalLoadBalancing: {
    ...each('enabled', 'type'),
    envoyProxy: LOCAL_BALANCER,
    traefik: LOCAL_BALANCER,
  },
  controlPlaneLoadBalancing: {
    ...each('enabled', 'type'),
    keepalived: each(
      ...['vrrpInstances', 'virtualServers', 'userSpaceProxyBindPort', 'disableLoadBalancer'],
      ...['configTemplateVRRP', 'configTemplateVS'],
    ),
  },
};

/**
 * The fields of a ClusterConfig's `spec`, as k0s 1.36 has them (k0s,
 * static/_crds/k0s/k0s.k0sproject.io_clusterconfigs.yaml).
 */
export const SPEC_FIELDS: FieldNames = {
  api: {
    ...each('address', 'externalAddress', 'onlyBindToAddress', 'port', 'k0sApiPort', 'sans'),
    ca: CA,
    ...ARGS,
  },
  storage: {
    type: true,
    etcd: { ...each('peerAddress', 'externalCluster'), ca: CA, ...ARGS },
    kine: { dataSource: true, ...ARGS },
  },
  network: NETWORK,
  controllerManager: ARGS,
  scheduler: ARGS,
  konnectivity: each('adminPort', 'agentPort', 'externalAddress'),
  images: {
    ...each('repository', 'default_pull_policy', 'konnectivity', 'metricsserver', 'kubeproxy'),
    ...each('coredns', 'pause', 'pushgateway'),
    calico: each('cni', 'node', 'kubecontrollers', 'windows'),
    kuberouter: each('cni', 'cniInstaller'),
    windows: each('kubeproxy', 'pause'),
  },
  extensions: {
    helm: each('concurrencyLevel', 'repositories', 'charts'),
    storage: each('type', 'create_default_storage_class'),
  },
  telemetry: each('enabled'),
  installConfig: {
    users: each(
      ...['etcdUser', 'kineUser', 'konnectivityUser', 'kubeAPIserverUser', 'kubeSchedulerUser'],
    ),
  },
  metricsServer: each('patches'),
  ...each('workerProfiles', 'featureGates'),
};
