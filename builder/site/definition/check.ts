import { ACCESS_RULES } from './check-access.ts';
import { ADDRESS_RULES } from './check-addresses.ts';
import { API_RULES } from './check-api.ts';
import { ARG_RULES } from './check-args.ts';
import { CLOUD_CONFIG_RULES } from './check-cloud-config.ts';
import { CLUSTER_RULES } from './check-cluster.ts';
import { CNI_RULES } from './check-cni.ts';
import { CONFIG_RULES } from './check-config.ts';
import { DISK_RULES } from './check-disks.ts';
import { GATEWAY_RULES } from './check-gateways.ts';
import { IDENTITY_RULES } from './check-identity.ts';
import { LABEL_RULES } from './check-labels.ts';
import { LINK_RULES } from './check-links.ts';
import { NETWORK_RULES } from './check-networks.ts';
import type { Checked, Rule } from './rule.ts';

/** Every rule across a site. */
export function checkSite(checked: Checked): void {
  for (const rule of RULES) rule(checked);
}

const RULES: readonly Rule[] = [
  ...NETWORK_RULES,
  ...CLUSTER_RULES,
  ...IDENTITY_RULES,
  ...LINK_RULES,
  ...ADDRESS_RULES,
  ...GATEWAY_RULES,
  ...API_RULES,
  ...CNI_RULES,
  ...LABEL_RULES,
  ...ARG_RULES,
  ...ACCESS_RULES,
  ...CONFIG_RULES,
  ...CLOUD_CONFIG_RULES,
  ...DISK_RULES,
];
