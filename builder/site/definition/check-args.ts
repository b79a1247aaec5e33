import { didYouMean, suggest } from '../../report/suggest.ts';
import { type PlannedNode, placeOfNode } from './plan.ts';
import type { Checked, Rule } from './rule.ts';
import type { Role } from './site.ts';

// Flags for k0s as the box looks at them (kiln/extra_args.py), in the words of a site.

export const OWN: Readonly<Record<string, string>> = {
  '--config': 'use "config" of the site',
  '-c': 'use "config" of the site',
  '--token-file': '`kiln site` makes the tokens',
  '--enable-worker': 'use role: controller+worker',
  '--single': 'use role: single',
  '--labels': 'use "labels"',
  '--taints': 'use "taints"',
  '--profile': 'use "profile"',
};
export const REFUSED: Readonly<Record<string, string>> = {
  '--data-dir': "k0s's data is always in /var/lib/k0s",
  '--status-socket': 'the socket is always where kiln-status looks for it',
  '--iptables-mode': 'it is always nft: the image has no other',
  '--init-only': 'k0s would stop before it has started',
  '--help': 'k0s would only print its help',
  '-h': 'k0s would only print its help',
  '--kubelet-root-dir': "the kubelet's directory is always /var/lib/k0s/kubelet",
};
export const OF_BOTH: readonly string[] = [
  ...['--cri-socket', '--debug', '--debugListenOn', '--enable-cloud-provider'],
  ...['--ignore-pre-flight-checks', '--kubelet-extra-args', '--logging', '--verbose'],
  ...['-d', '-l', '-v'],
];
export const OF_CONTROLLERS: readonly string[] = [
  ...['--api-server-stop-timeout', '--disable-components', '--enable-dynamic-config'],
  ...['--enable-k0s-cloud-provider', '--enable-metrics-scraper', '--feature-gates'],
  ...['--k0s-cloud-provider-port', '--k0s-cloud-provider-update-frequency'],
  ...['--kube-controller-manager-extra-args', '--no-taints'],
];
const KNOWN = [...OF_BOTH, ...OF_CONTROLLERS, ...Object.keys(OWN)];
const FORM = /^(--[A-Za-z][A-Za-z0-9-]*|-[a-z])(=.*)?$/s;

/** Flags of the kubelet that k0s or Kiln give it, and what to use instead. */
const OF_KUBELET: Readonly<Record<string, string>> = {
  '--bootstrap-kubeconfig': 'k0s makes it',
  '--cert-dir': 'k0s makes it',
  '--config': 'use a worker profile',
  '--container-runtime-endpoint': 'use --cri-socket in "k0s-args"',
  '--hostname-override': 'the name of the node is its host name',
  '--kubeconfig': 'k0s makes it',
  '--node-ip': 'it follows from the addresses of the node',
  '--node-labels': 'use "labels"',
  '--register-with-taints': 'use "taints"',
  '--root-dir': 'it is always /var/lib/k0s/kubelet',
};

export const ARG_RULES: readonly Rule[] = [checkK0sArgs, checkKubeletArgs];

function checkK0sArgs({ plan, report }: Checked): void {
  const seen = new Map<readonly string[], Set<Role>>();
  for (const node of plan.nodes) {
    const args = node.settings['k0s-args'];
    const roles = (args && seen.get(args)) ?? new Set();
    if (!args || roles.has(node.role)) continue;
    seen.set(args, roles.add(node.role));
    for (const arg of args) {
      const complaint = complaintAbout(arg, node);
      if (complaint !== undefined) report.error(complaint, placeOfNode(node, 'k0s-args', arg));
    }
  }
}

function complaintAbout(arg: string, node: PlannedNode): string | undefined {
  const [, flag = ''] = FORM.exec(arg) ?? [];
  if (flag === '')
    return 'no flag; write each flag and its value as one item, as in "--flag=value"';
  if (hasControls(arg)) return `there is a control character in the value of ${flag}`;
  const own = Object.hasOwn(OWN, flag) ? OWN[flag] : undefined;
  if (own !== undefined) return `${flag} is set by Kiln; ${own}`;
  const refused = Object.hasOwn(REFUSED, flag) ? REFUSED[flag] : undefined;
  if (refused !== undefined) return `${flag} cannot be given: ${refused}`;
  if (node.role === 'worker' && OF_CONTROLLERS.includes(flag)) {
    return `${flag} is a flag of controllers, and ${node.name} is a worker`;
  }
  if (flag === '--kubelet-extra-args' && node.settings['kubelet-args'] !== undefined) {
    return '--kubelet-extra-args and "kubelet-args" exclude each other';
  }
  // Others are left to k0s: newer versions have more flags.
  const isMisspelt = !KNOWN.includes(flag) && suggest(flag, KNOWN) !== undefined;
  return isMisspelt ? `${flag} is not known${didYouMean(flag, KNOWN)}` : undefined;
}

/** The kubelet gets them in one argument of k0s, with spaces between. */
function checkKubeletArgs({ plan, report }: Checked): void {
  const seen = new Set<readonly string[]>();
  for (const node of plan.nodes) {
    const args = node.settings['kubelet-args'];
    if (!args || node.role === 'controller' || seen.has(args)) continue;
    seen.add(args);
    for (const arg of args) {
      const at = placeOfNode(node, 'kubelet-args', arg);
      const [, flag = ''] = /^(--[a-z][a-z0-9-]*)(=.*)?$/s.exec(arg) ?? [];
      const taken = Object.hasOwn(OF_KUBELET, flag) ? OF_KUBELET[flag] : undefined;
      if (flag === '' || /\s/.test(arg) || hasControls(arg)) {
        report.error('no flag of the kubelet', at, 'write "--flag=value", without spaces');
      } else if (taken !== undefined) {
        report.error(`${flag} cannot be given: ${taken}`, at);
      }
    }
  }
}

/** What is no text: line breaks would end the flag, and others hide in it. */
function hasControls(text: string): boolean {
  return Array.from(text).some((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 || code === 0x7f;
  });
}
