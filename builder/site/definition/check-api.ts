import { placeOf } from '../../report/diagnostic.ts';
import { clusterCidrs, reportInsideCluster } from './check-networks.ts';
import {
  type Cidr,
  cidrText,
  ipText,
  isHostAddress,
  isWithin,
  networkOf,
  parseCidr,
  parseIp,
  sameIp,
  whyUnreachable,
} from './ip.ts';
import { placeOfNode } from './plan.ts';
import type { Checked, Rule } from './rule.ts';
import { isNodeLocal } from './schema-network.ts';

export const API_RULES: readonly Rule[] = [
  checkWays,
  checkSingleNode,
  checkAlone,
  checkVip,
  checkVipReach,
  checkBalancer,
  checkPorts,
];

/** Ports that are taken on a controller, or on a node that asks it. */
const TAKEN: readonly { readonly port: number; readonly by: string }[] = [
  { port: 22, by: 'SSH' },
  { port: 179, by: 'BGP' },
  { port: 2379, by: 'etcd' },
  { port: 2380, by: 'etcd' },
  { port: 8132, by: 'konnectivity' },
  { port: 8133, by: 'konnectivity' },
  { port: 10_248, by: 'the kubelet' },
  { port: 10_249, by: 'kube-proxy' },
  { port: 10_250, by: 'the kubelet' },
  { port: 10_256, by: 'kube-proxy' },
  { port: 10_257, by: 'kube-controller-manager' },
  { port: 10_259, by: 'kube-scheduler' },
];
const TAKEN_BY_NODE_LOCAL = [
  { port: 7443, by: 'the node-local balancer' },
  { port: 7132, by: 'the node-local balancer' },
];
const TAKEN_BY_VIP = [{ port: 6444, by: "the virtual address's balancer" }];

function checkWays({ plan, sources, report }: Checked): void {
  const { api } = plan.written;
  if (!api) return;
  const at = (key: string) => sources.at(['api', key]);
  if (api.vip !== undefined && api.balancer !== undefined) {
    const note = `the virtual address is given at ${placeOf(at('vip'))}`;
    report.error('"vip" and "balancer" exclude each other', at('balancer'), note);
  }
  if (api['node-local'] && api.balancer !== undefined) {
    const note = `the external balancer is given at ${placeOf(at('balancer'))}; k0s refuses both together`;
    report.error('"node-local" and "balancer" exclude each other', at('node-local'), note);
  }
  if (api['router-id'] !== undefined && api.vip === undefined) {
    report.error(
      '"router-id" belongs to a virtual address, and there is no "vip"',
      at('router-id'),
    );
  }
}

function checkSingleNode({ plan: { written, nodes }, sources, report }: Checked): void {
  const { api } = written;
  const single = nodes.find(({ role }) => role === 'single');
  if (!api || !single) return;
  const note = `${single.name} is a single node, at ${placeOf(placeOfNode(single, 'role'))}`;
  if (api.vip !== undefined) {
    report.error('a single node has no virtual address', sources.at(['api', 'vip']), note);
  }
  if (api['node-local']) {
    const at = sources.at(['api', 'node-local']);
    report.error('a single node has no node-local balancer', at, note);
  }
}

/** Several controllers of which one is asked are no help when that one fails. */
function checkAlone({ plan: { written, nodes }, sources, report }: Checked): void {
  const { api } = written;
  const controllers = nodes.filter(({ role }) => role.startsWith('controller'));
  const [first] = controllers;
  if (!api || !first || controllers.length < 2) return;
  if (api.vip !== undefined || api.balancer !== undefined || api['node-local']) return;
  const message = `everything asks one of the ${controllers.length} controllers, and waits while it is away`;
  const note = 'give "api" a "vip", a "balancer", or node-local: true';
  report.warn(message, sources.keyAt([], 'api') ?? placeOfNode(first, 'name'), note);
}

function vipOf({ plan }: Checked): Cidr | undefined {
  return parseCidr(plan.written.api?.vip ?? '');
}

function checkVip(checked: Checked): void {
  const { sources, report, addresses, plan } = checked;
  const vip = vipOf(checked);
  if (!vip) return;
  const at = sources.at(['api', 'vip']);
  const why = whyUnreachable(vip);
  const owner = addresses.find(({ cidr }) => sameIp(cidr, vip));
  if (why !== undefined) {
    report.error(`${cidrText(vip)} cannot be the virtual address: it ${why}`, at);
  } else if (!isHostAddress(vip)) {
    const message = `${cidrText(vip)} is no address of a host in the network ${cidrText(networkOf(vip))}`;
    report.error(message, at);
  } else if (owner) {
    const name = owner.owner.node.name;
    const message = `the virtual address ${ipText(vip)} is the address of ${name}`;
    report.error(message, at, `${name} has it at ${placeOf(owner.at)}; it needs one of its own`);
  } else if ((plan.written.network?.gateway ?? []).some((each) => isSame(each, vip))) {
    report.error(`the virtual address ${ipText(vip)} is that of the gateway`, at);
  }
  const host: Cidr = { ...vip, prefix: vip.family === 4 ? 32 : 128 };
  const inside = clusterCidrs(checked);
  reportInsideCluster(`the virtual address ${ipText(vip)}`, host, at, { inside, report });
}

/** Controllers pass the address on in one network: that has to be theirs. */
function checkVipReach(checked: Checked): void {
  const vip = vipOf(checked);
  const { nodes, sources, report } = checked;
  if (!vip) return;
  for (const { node, links } of nodes) {
    if (!node.role.startsWith('controller')) continue;
    const own = links.flatMap(({ addresses }) =>
      addresses.flatMap((each) => parseCidr(each) ?? []),
    );
    if (own.length === 0 || own.some((cidr) => isWithin(vip, cidr))) continue;
    const where = placeOf(placeOfNode(node, node.own.interfaces ? 'interfaces' : 'address'));
    const message = `the virtual address ${ipText(vip)} is in no network of the controller ${node.name}`;
    const note = `${node.name} has ${own.map(cidrText).join(' and ')}, at ${where}`;
    report.error(message, sources.at(['api', 'vip']), note);
  }
}

function checkBalancer({ plan, addresses, sources, report }: Checked): void {
  const ip = parseIp(plan.written.api?.balancer ?? '');
  if (!ip) return;
  const at = sources.at(['api', 'balancer']);
  const why = whyUnreachable(ip);
  const owner = addresses.find(({ cidr }) => sameIp(cidr, ip));
  if (why !== undefined) report.error(`${ipText(ip)} cannot be a balancer's: it ${why}`, at);
  if (!owner) return;
  const name = owner.owner.node.name;
  const note = `${name} has it at ${placeOf(owner.at)}; without a balancer leave the key out`;
  report.error(`the balancer's address ${ipText(ip)} is that of ${name}`, at, note);
}

function checkPorts({ plan, sources, report }: Checked): void {
  const { api } = plan.written;
  if (!api) return;
  const taken = [
    ...TAKEN,
    ...(isNodeLocal(api) ? TAKEN_BY_NODE_LOCAL : []),
    ...(api.vip === undefined ? [] : TAKEN_BY_VIP),
  ];
  for (const key of ['port', 'join-port'] as const) {
    const clash = taken.find(({ port }) => port === api[key]);
    const at = sources.at(['api', key]);
    if (clash) report.error(`port ${api[key]} is that of ${clash.by}`, at);
  }
  if (api.port !== api['join-port']) return;
  const key = sources.keyAt(['api'], 'join-port') ? 'join-port' : 'port';
  const message = `"port" and "join-port" are both ${api.port}`;
  report.error(message, sources.at(['api', key]), 'the API server and k0s have one each');
}

function isSame(text: string, ip: Cidr): boolean {
  const other = parseIp(text);
  return other !== undefined && sameIp(other, ip);
}
