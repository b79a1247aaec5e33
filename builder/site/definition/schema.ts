import { defaulted, list, type ObjectDecoder, object, optional } from '../../yaml/collections.ts';
import { described, placed } from '../../yaml/decoder.ts';
import { jsonObject } from '../../yaml/json.ts';
import type { MergeRules } from '../../yaml/merge.ts';
import { oneOf, text } from '../../yaml/scalars.ts';
import { DNS_LABEL } from './names.ts';
import { HELM, IMAGE, MANIFESTS, PROFILES, REGISTRIES, STORAGE } from './schema-cluster.ts';
import { INSTALL } from './schema-install.ts';
import { API, API_DEFAULTS, NETWORK, NETWORK_DEFAULTS } from './schema-network.ts';
import { DEFAULTS, GROUP, NODE, PROXY, SSH_KEYS } from './schema-node.ts';
import { VAR } from './schema-var.ts';

/** A site file. In the order in which `kiln show` prints it. */
export const SITE = object({
  include: defaulted(
    described(
      'Site files that this one builds on: maps merge, an empty value takes one away, the rest replaces.',
      list(text({ pattern: /./, expected: 'the path of a site file' })),
    ),
    [],
  ),
  site: optional(described('The name of the site, a DNS label.', DNS_LABEL)),
  image: optional(IMAGE),
  network: defaulted(NETWORK, NETWORK_DEFAULTS),
  api: defaulted(described('How nodes and users reach the API servers.', API), API_DEFAULTS),
  storage: optional(described("Where the cluster's state is.", STORAGE)),
  access: optional(object({ 'ssh-keys': defaulted(SSH_KEYS, []) })),
  'time-zone': optional(text({ expected: 'a time zone, as "Europe/Vienna"' })),
  proxy: optional(PROXY),
  registries: defaulted(described('Where containerd gets images, by host.', REGISTRIES), {}),
  profiles: defaulted(described('Worker profiles: kubelet configuration.', PROFILES), {}),
  manifests: defaulted(
    described('Files or directories that the cluster applies, by stack.', MANIFESTS),
    {},
  ),
  helm: defaulted(HELM, { repositories: {}, charts: [] }),
  config: defaulted(described('Raw ClusterConfig: wins.', jsonObject()), {}),
  'cloud-config': defaulted(described('Raw cloud-config of all nodes: wins.', jsonObject()), {}),
  install: optional(described('What an installer does on all machines.', INSTALL)),
  var: optional(described('Where /var is on machines that start over the network.', VAR)),
  'worker-tokens': defaulted(
    described('A token for each worker, or one for all of them.', oneOf('each', 'shared')),
    'each',
  ),
  defaults: optional(described('What nodes have that say nothing else.', DEFAULTS)),
  nodes: defaulted(list(placed(NODE)), []),
  groups: defaulted(
    described('Workers that differ in name and address only.', list(placed(GROUP))),
    [],
  ),
});

/** What a site file and its includes say. */
export type Written = typeof SITE extends ObjectDecoder<infer T> ? T : never;

/** How site files are laid over each other. */
export const SITE_MERGE: MergeRules = {
  replaced: [
    'storage',
    'network.cni',
    'image.release',
    'install.disk',
    'defaults.install.disk',
    'var.disk',
    'defaults.var.disk',
  ],
  lists: 'replace',
  raw: ['config', 'cloud-config', 'defaults.cloud-config', 'profiles'],
};
