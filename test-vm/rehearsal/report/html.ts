import type { Failure } from '../failures.ts';
import type { BootAccount, NodeRecord, RehearsalRecord } from '../record.ts';
import { escaped } from './escape.ts';
import { STYLE } from './style.ts';
import { timelineSvg } from './timeline.ts';
import { topologySvg } from './topology.ts';

/**
 * The report of a rehearsal: one file, which needs neither a network nor a script. Pure: the same record gives
 * the same bytes.
 */
export function reportHtml(
  record: RehearsalRecord,
  boots: ReadonlyMap<string, BootAccount>,
): string {
  const title = `Rehearsal of ${record.site}`;
  return `${[
    '<!DOCTYPE html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    // Whatever a guest has smuggled in: nothing is loaded, and no script runs.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">`,
    `<title>${escaped(title)}</title>`,
    `<style>\n${STYLE}\n</style>`,
    '</head>',
    '<body>',
    `<h1>${escaped(title)}</h1>`,
    ...verdictOf(record),
    ...findings('What is wrong', record.failures),
    ...findings('Warnings', record.warnings),
    '<h2>Topology</h2>',
    `<div class="scroll">\n${topologySvg(record)}\n</div>`,
    '<h2>Timeline</h2>',
    `<div class="scroll">\n${timelineSvg(record.nodes, record.seconds)}\n</div>`,
    '<h2>Nodes</h2>',
    ...nodeTable(record.nodes),
    '<h2>Versions</h2>',
    ...versions(record),
    '<h2>Boots</h2>',
    ...record.nodes.flatMap((node) => bootOf(node, boots.get(node.name))),
    '</body>',
    '</html>',
  ].join('\n')}\n`;
}

const VERDICTS: Readonly<Record<RehearsalRecord['verdict'], string>> = {
  formed: 'The cluster formed.',
  failed: 'The cluster did not form.',
  interrupted: 'The rehearsal was interrupted.',
};

function verdictOf({ verdict, seconds, date, order, isOnline }: RehearsalRecord): string[] {
  const network = isOnline
    ? 'The nodes reached the real network.'
    : 'Nothing reached the real network, so no time server and no registry has answered.';
  return [
    `<p class="${verdict}"><strong>${VERDICTS[verdict]}</strong> ${Math.round(seconds)} s</p>`,
    `<p class="faint">${escaped(date)}. Switched on: ${escaped(order.join(', '))}. ${network}</p>`,
  ];
}

function findings(heading: string, list: readonly Failure[]): string[] {
  if (list.length === 0) return [];
  return [
    `<h2>${heading}</h2>`,
    ...list.map(
      ({ node, cause }) =>
        `<pre>${escaped(node === undefined ? cause : `${node}: ${cause}`)}</pre>`,
    ),
  ];
}

function nodeTable(nodes: readonly NodeRecord[]): string[] {
  const rows = nodes.map((node) => [
    node.name,
    node.role,
    node.stage,
    node.addresses.join(' ') || (node.address ?? ''),
    node.cards.map(({ lan, mac }) => `${mac} (${lan})`).join(' '),
    `${node.memoryMiB} MiB, ${node.cpus} CPU`,
    node.seed.slice(0, 16),
  ]);
  return tableOf(['Node', 'Role', 'Stage', 'Addresses', 'Cards', 'Machine', 'Seed (sha256)'], rows);
}

function versions({ releases, nodes }: RehearsalRecord): string[] {
  const ofReleases = releases.map((release) => [
    `${release.name} ${release.version} ${release.arch}`,
    release.k0s,
    release.kernel,
    `${release.rootHash.slice(0, 16)}…`,
    release.how,
  ]);
  const ofNodes = nodes.map(({ name, image, k0s, kernel }) => [
    name,
    image ?? '–',
    k0s ?? '–',
    kernel ?? '–',
  ]);
  return [
    ...tableOf(['Release', 'k0s', 'Kernel', 'Root hash', 'Ran with'], ofReleases),
    '<p class="faint">What the nodes say of themselves:</p>',
    ...tableOf(['Node', 'Image', 'k0s', 'Kernel'], ofNodes),
  ];
}

function bootOf({ name, bootTime }: NodeRecord, boot: BootAccount | undefined): string[] {
  const time = bootTime ?? 'it said nothing of its boot';
  if (boot?.chart === undefined) return [`<p>${escaped(name)}: ${escaped(time)}</p>`];
  // As an image: its style must not reach the page, and nothing in it is run.
  const data = Buffer.from(boot.chart).toString('base64');
  return [
    `<details><summary>${escaped(name)}: ${escaped(time)}</summary>`,
    `<div class="scroll"><img class="chart" alt="boot chart of ${escaped(name)}" src="data:image/svg+xml;base64,${data}"></div>`,
    '</details>',
  ];
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = (row: readonly string[], tag: 'th' | 'td'): string =>
    row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('');
  return [
    '<div class="scroll"><table>',
    `<tr>${cells(head, 'th')}</tr>`,
    ...rows.map((row) => `<tr>${cells(row, 'td')}</tr>`),
    '</table></div>',
  ];
}
