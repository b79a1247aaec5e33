import type { SourcePos } from '../../report/diagnostic.ts';
import { didYouMean } from '../../report/suggest.ts';
import type { JsonValue } from '../../yaml/decoder.ts';
import type { RawMap } from '../../yaml/json.ts';
import type { YamlPath } from '../../yaml/sources.ts';
import { clusterCidrs } from './check-networks.ts';
import { type FieldNames, SPEC_FIELDS } from './config-keys.ts';
import { placeOfNode } from './plan.ts';
import type { Checked, Rule } from './rule.ts';
import { isNodeLocal } from './schema-network.ts';

// What a raw ClusterConfig may say. It wins, but not where the rest of the site follows from the same thing: a token's
// address, the seed of another node.

const API_VERSION = 'k0s.k0sproject.io/v1beta1';
const TOP: readonly string[] = ['apiVersion', 'kind', 'metadata', 'spec'];

/** What tokens, certificates and other nodes follow from: the site's own key for it. */
const ELSEWHERE: readonly { readonly path: string; readonly use: string }[] = [
  { path: 'api.address', use: 'each controller has its own: the "address" of the node' },
  { path: 'api.externalAddress', use: 'use "balancer" or "vip" of "api"' },
  { path: 'api.port', use: 'use "port" of "api"' },
  { path: 'api.k0sApiPort', use: 'use "join-port" of "api"' },
  { path: 'storage', use: 'use "storage" of the site' },
  { path: 'network.podCIDR', use: 'use "pods" of "network"' },
  { path: 'network.serviceCIDR', use: 'use "services" of "network"' },
  {
    path: 'network.dualStack',
    use: 'use "pods" and "services" of "network", with two networks each',
  },
  { path: 'network.clusterDomain', use: 'use "domain" of "network"' },
  { path: 'network.provider', use: 'use "cni" of "network"' },
  { path: 'network.nodeLocalLoadBalancing.enabled', use: 'use "node-local" of "api"' },
  { path: 'network.controlPlaneLoadBalancing.enabled', use: 'use "vip" of "api"' },
  { path: 'network.controlPlaneLoadBalancing.keepalived.vrrpInstances', use: 'use "vip" of "api"' },
  { path: 'workerProfiles', use: 'use "profiles" of the site' },
];

/** Not so for etcd, of which only the address and the place are the site's. */
const ALLOWED_STORAGE: readonly string[] = ['extraArgs', 'rawArgs', 'ca'];

export const CONFIG_RULES: readonly Rule[] = [
  checkTop,
  checkSpec,
  checkElsewhere,
  checkVirtualServers,
  checkFeatureGate,
  checkProfileNames,
  checkProfileValues,
];

function checkTop({ plan, sources, report }: Checked): void {
  const config = plan.written.config ?? {};
  for (const [key, value] of Object.entries(config)) {
    const at = sources.keyAt(['config'], key);
    const wanted =
      key === 'apiVersion' ? API_VERSION : key === 'kind' ? 'ClusterConfig' : undefined;
    if (!TOP.includes(key)) {
      const tail = didYouMean(key, TOP) || `; known keys: ${TOP.join(', ')}`;
      report.error(`"${key}" is no key of a ClusterConfig${tail}`, at);
    } else if (wanted !== undefined && value !== wanted) {
      report.error(`"${key}" has to be ${wanted}`, sources.at(['config', key]));
    } else if ((key === 'spec' || key === 'metadata') && !isMap(value)) {
      report.error(`"${key}" has to be a map`, sources.at(['config', key]));
    }
  }
}

function checkSpec(checked: Checked): void {
  const spec = checked.plan.written.config?.spec;
  if (isMap(spec)) checkFields(spec, SPEC_FIELDS, ['config', 'spec'], checked);
}

/** k0s refuses fields that it does not know. Newer ones have more: of one that is not a slip it is only warned. */
function checkFields(map: RawMap, fields: FieldNames, path: YamlPath, checked: Checked): void {
  const names = Object.keys(fields);
  for (const [key, value] of Object.entries(map)) {
    const below = Object.hasOwn(fields, key) ? fields[key] : undefined;
    const at = keyPlace(checked, [...path, key]);
    const where = path.slice(1).join('.');
    const tail = didYouMean(key, names);
    if (below === undefined && tail !== '') {
      checked.report.error(`k0s has no field "${key}" in ${where}${tail}`, at);
    } else if (below === undefined) {
      const note = `k0s 1.36 has ${names.join(', ')}`;
      checked.report.warn(`"${key}" is no field of ${where} that Kiln knows of`, at, note);
    } else if (below !== true && isMap(value)) {
      checkFields(value, below, [...path, key], checked);
    } else if (below !== true && value !== null) {
      checked.report.error(`"${key}" has to be a map`, at);
    }
  }
}

function checkElsewhere(checked: Checked): void {
  const { plan, report } = checked;
  const spec = plan.written.config?.spec;
  for (const { path, use } of ELSEWHERE) {
    const keys = path.split('.');
    const value = valueAt(spec, keys);
    if (value === undefined) continue;
    const isEtcdDetail =
      path === 'storage' &&
      isMap(value) &&
      Object.keys(value).every((key) => key === 'etcd' || key === 'kine') &&
      Object.values(value).every(
        (part) => isMap(part) && Object.keys(part).every((key) => ALLOWED_STORAGE.includes(key)),
      );
    if (isEtcdDetail) continue;
    const message = `spec.${path} cannot be given here: other parts of the site follow from it`;
    report.error(message, keyPlace(checked, ['config', 'spec', ...keys]), use);
  }
}

/**
 * k0s refuses them beside an external address, which the virtual one is unless workers ask controllers by a balancer of
 * their own, and where a controller runs pods.
 */
function checkVirtualServers(checked: Checked): void {
  const path = ['network', 'controlPlaneLoadBalancing', 'keepalived', 'virtualServers'];
  const { plan, report } = checked;
  const { api } = plan.written;
  if (valueAt(plan.written.config?.spec, path) === undefined) return;
  const at = keyPlace(checked, ['config', 'spec', ...path]);
  const both = plan.nodes.find(({ role }) => role === 'controller+worker');
  if (api?.vip === undefined) {
    report.error('virtual servers belong to a virtual address, and there is no "vip"', at);
  } else if (!isNodeLocal(api)) {
    const message = 'k0s takes virtual servers only where workers have a balancer of their own';
    report.error(message, at, 'take node-local: false out of "api", or leave them out');
  } else if (both) {
    const message = `virtual servers do not work on a controller that is a worker too, as ${both.name}`;
    report.error(message, at, 'use role: controller, or leave them out');
  }
}

/** k0s has IPv6 alone only as a trial (k0s, docs/ipv6-single-stack.md): whoever wants it says so. */
function checkFeatureGate(checked: Checked): void {
  const { plan, report } = checked;
  const networks = clusterCidrs(checked);
  const [first] = networks;
  if (!first || networks.some(({ cidr }) => cidr.family === 4)) return;
  const gates = valueAt(plan.written.config?.spec, ['featureGates']);
  const isOn = (Array.isArray(gates) ? gates : []).some(
    (gate) => isMap(gate) && gate.name === GATE && gate.enabled === true,
  );
  if (isOn) return;
  const note = `config: { spec: { featureGates: [{ name: ${GATE}, enabled: true }] } }`;
  report.error('IPv6 alone is a trial of k0s, which has to be switched on', first.at, note);
}

const GATE = 'IPv6SingleStack';

/** Profiles that nodes name are there. */
function checkProfileNames({ plan, report }: Checked): void {
  const { profiles = {} } = plan.written;
  const names = ['default', ...Object.keys(profiles)];
  for (const node of plan.nodes) {
    const { profile } = node.settings;
    if (profile === undefined || node.role === 'controller' || names.includes(profile)) continue;
    const tail = didYouMean(profile, names) || `; there are ${names.join(', ')}`;
    report.error(`there is no profile "${profile}"${tail}`, placeOfNode(node, 'profile'));
  }
}

/** What k0s sets in a profile itself, and refuses (k0s, pkg/apis/k0s/v1beta1/workerprofile.go). */
const OF_K0S = ['apiVersion', 'clusterDNS', 'clusterDomain', 'kind', 'staticPodURL'];

function checkProfileValues({ plan, sources, report }: Checked): void {
  for (const [name, values] of Object.entries(plan.written.profiles ?? {})) {
    for (const key of OF_K0S) {
      if (!Object.hasOwn(values, key)) continue;
      const message = `"${key}" cannot be set by a profile: k0s does it`;
      report.error(message, sources.keyAt(['profiles', name], key));
    }
  }
}

function keyPlace({ sources }: Checked, path: YamlPath): SourcePos {
  return sources.keyAt(path.slice(0, -1), String(path.at(-1))) ?? sources.at(path);
}

function valueAt(
  value: JsonValue | undefined,
  [key, ...rest]: readonly string[],
): JsonValue | undefined {
  if (key === undefined) return value;
  return isMap(value) && Object.hasOwn(value, key) ? valueAt(value[key], rest) : undefined;
}

function isMap(value: JsonValue | undefined): value is RawMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
