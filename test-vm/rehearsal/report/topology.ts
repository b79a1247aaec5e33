import type { Gateway } from '../gateways.ts';
import type { NodeRecord, RehearsalRecord } from '../record.ts';
import { coordinate, escaped } from './escape.ts';

const BOX = 158;
const GAP = 18;
const LEFT = 20;
const LAN_TOP = 70;
const LAN_STEP = 40;

/** The LANs as lines, gateways above, nodes below, with a cable for each card. Pure. */
export function topologySvg({ lans, gateways, nodes }: RehearsalRecord): string {
  const columns = Math.max(nodes.length, gateways.length, 1);
  const width = LEFT * 2 + columns * (BOX + GAP);
  const lanY = new Map(lans.map((lan, index) => [lan, LAN_TOP + 40 + index * LAN_STEP]));
  const nodeTop = LAN_TOP + 40 + lans.length * LAN_STEP + 24;
  const height = nodeTop + 96;
  return [
    `<svg role="img" aria-label="topology" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    ...gateways.flatMap((gateway, index) => gatewayOf(gateway, leftOf(index), lanY)),
    ...nodes.flatMap((node, index) => cablesOf(node, leftOf(index), nodeTop, lanY)),
    ...[...lanY].map(
      ([lan, y]) =>
        `<line class="lan" x1="${LEFT}" x2="${width - LEFT}" y1="${y}" y2="${y}"/><text class="small" x="${width - LEFT}" y="${y - 6}" text-anchor="end">${escaped(lan)}</text>`,
    ),
    ...nodes.flatMap((node, index) => nodeOf(node, leftOf(index), nodeTop)),
    '</svg>',
  ].join('\n');
}

function leftOf(index: number): number {
  return LEFT + index * (BOX + GAP);
}

function gatewayOf(
  { lan, vlan, ipv4, ipv6 }: Gateway,
  left: number,
  lanY: ReadonlyMap<string, number>,
): readonly string[] {
  const y = lanY.get(lan) ?? 0;
  const place = [ipv4?.host, ipv6?.host].filter((host) => host !== undefined).join(' ');
  const what = vlan === undefined ? 'gateway' : `gateway, VLAN ${vlan}`;
  return [
    `<line class="cable" x1="${left + BOX / 2}" x2="${left + BOX / 2}" y1="50" y2="${y}"/>`,
    `<rect class="box" x="${left}" y="8" width="${BOX}" height="42" rx="4"/>`,
    `<text class="small" x="${left + 10}" y="25">${what}</text><text x="${left + 10}" y="42">${escaped(place)}</text>`,
  ];
}

function cablesOf(
  { cards }: NodeRecord,
  left: number,
  top: number,
  lanY: ReadonlyMap<string, number>,
): readonly string[] {
  return cards.map(({ lan, mac }, index) => {
    const x = coordinate(left + (BOX * (index + 1)) / (cards.length + 1));
    const y = lanY.get(lan) ?? 0;
    return `<line class="cable" x1="${x}" x2="${x}" y1="${y}" y2="${top}"><title>${escaped(mac)}</title></line>`;
  });
}

function nodeOf(node: NodeRecord, left: number, top: number): readonly string[] {
  const { name, role, address, stage, arch } = node;
  return [
    `<rect class="box" x="${left}" y="${top}" width="${BOX}" height="82" rx="4"/>`,
    `<rect class="${escaped(stage)}" x="${left}" y="${top}" width="6" height="82"/>`,
    `<text x="${left + 16}" y="${top + 20}" font-weight="600">${escaped(name)}</text>`,
    `<text class="small" x="${left + 16}" y="${top + 38}">${escaped(role)}</text>`,
    `<text x="${left + 16}" y="${top + 56}">${escaped(address ?? node.addresses[0] ?? 'DHCP')}</text>`,
    `<text class="small" x="${left + 16}" y="${top + 73}">${escaped(arch)}, ${escaped(stage)}</text>`,
  ];
}
