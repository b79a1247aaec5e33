import { placeOf } from '../../report/diagnostic.ts';
import { isDnsName } from './names.ts';
import { keyPlaceOfNode, type PlannedNode, placeOfNode, saysItself } from './plan.ts';
import type { Checked, Rule } from './rule.ts';

// Labels and taints by the rules of Kubernetes, and those of the box (kiln/labels.py), which knows the kubelet's.

export const EFFECTS: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const VALUE_RULE =
  'at most 63 letters, digits, - _ and . that begin and end with a letter or digit';
const NAME_RULE = `${VALUE_RULE}, with a DNS name and / before it if need be`;

/** Of labels of Kubernetes itself a kubelet may give itself only these (NodeRestriction). */
export const OWN_LABELS: readonly string[] = [
  ...['beta.kubernetes.io/arch', 'beta.kubernetes.io/instance-type', 'beta.kubernetes.io/os'],
  ...['failure-domain.beta.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/zone'],
  ...['kubernetes.io/arch', 'kubernetes.io/hostname', 'kubernetes.io/os'],
  ...['node.kubernetes.io/instance-type'],
  ...['topology.kubernetes.io/region', 'topology.kubernetes.io/zone'],
];
export const OWN_NAMESPACES: readonly string[] = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

export const LABEL_RULES: readonly Rule[] = [checkLabels, checkTaints, checkOwnOfControllers];

function checkLabels({ plan, report }: Checked): void {
  for (const node of distinct(plan.nodes, ({ labels }) => labels)) {
    for (const [name, value] of Object.entries(node.settings.labels ?? {})) {
      if (!isLabelValue(value)) {
        const message = `"${value}" is no value for a label`;
        report.error(message, placeOfNode(node, 'labels', name), VALUE_RULE);
      }
      const complaint = complaintAboutLabel(name);
      if (complaint)
        report.error(complaint.message, keyPlaceOfNode(node, ['labels'], name), complaint.note);
    }
  }
}

function complaintAboutLabel(
  name: string,
): { readonly message: string; readonly note: string } | undefined {
  if (!isQualifiedName(name))
    return { message: `"${name}" is no name for a label`, note: NAME_RULE };
  if (kubeletMaySet(name)) return undefined;
  const note = 'set it with kubectl, or use one below node.kubernetes.io/';
  return { message: `"${name}" is a label that a kubelet must not give itself`, note };
}

function checkTaints({ plan, report }: Checked): void {
  for (const node of distinct(plan.nodes, ({ taints }) => taints)) {
    const seen = new Map<string, string>();
    for (const taint of node.settings.taints ?? []) {
      const at = placeOfNode(node, 'taints', taint);
      const [, rest = '', effect = ''] = /^(.*):([^:]*)$/s.exec(taint) ?? [];
      const [name = '', value = ''] = splitOnce(rest, '=');
      const first = seen.get(`${name}:${effect}`);
      if (!EFFECTS.includes(effect)) {
        const note = `as in "key=value:NoSchedule"; there are ${EFFECTS.join(', ')}`;
        report.error(`the taint "${taint}" does not end with an effect`, at, note);
      } else if (!isQualifiedName(name)) {
        report.error(`"${name}" is no key for a taint`, at, NAME_RULE);
      } else if (!isLabelValue(value)) {
        report.error(`"${value}" is no value for a taint`, at, VALUE_RULE);
      } else if (first !== undefined) {
        const note = `"${first}" is given at ${placeOf(placeOfNode(node, 'taints', first))}`;
        report.error(`"${taint}" has the key and effect of another taint`, at, note);
      }
      seen.set(`${name}:${effect}`, first ?? taint);
    }
  }
}

/** A box that runs no pods refuses what is for the kubelet. */
function checkOwnOfControllers({ plan, report }: Checked): void {
  for (const node of plan.nodes) {
    if (node.role !== 'controller') continue;
    for (const key of ['labels', 'taints', 'profile', 'kubelet-args'] as const) {
      if (node.settings[key] === undefined || !saysItself(node, key)) continue;
      const message = `"${key}" is for a box that runs pods, and ${node.name} is a controller only`;
      report.error(message, placeOfNode(node, key), 'use role: controller+worker, or leave it out');
    }
  }
}

/** One node for each thing that several share: what a thousand nodes have from their group is looked at once. */
export function distinct<T>(
  nodes: readonly PlannedNode[],
  pick: (settings: PlannedNode['settings']) => T,
): readonly PlannedNode[] {
  const seen = new Set<T>();
  return nodes.filter(({ settings }) => {
    const thing = pick(settings);
    const isNew = thing !== undefined && !seen.has(thing);
    seen.add(thing);
    return isNew;
  });
}

function isQualifiedName(text: string): boolean {
  const slash = text.lastIndexOf('/');
  return NAME.test(text.slice(slash + 1)) && (slash < 0 || isDnsName(text.slice(0, slash)));
}

function isLabelValue(text: string): boolean {
  return text === '' || NAME.test(text);
}

function kubeletMaySet(name: string): boolean {
  const namespace = name.slice(0, Math.max(0, name.lastIndexOf('/')));
  if (!isBelow(namespace, 'kubernetes.io') && !isBelow(namespace, 'k8s.io')) return true;
  return OWN_LABELS.includes(name) || OWN_NAMESPACES.some((own) => isBelow(namespace, own));
}

function isBelow(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

function splitOnce(text: string, by: string): readonly string[] {
  const at = text.indexOf(by);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + by.length)];
}
