import { table } from '../../builder/report/table.ts';
import type { Failure } from './failures.ts';
import type { NodeRecord, RehearsalRecord } from './record.ts';

/** What is printed when the cluster has formed. Pure. */
export function summaryText(record: RehearsalRecord, logs: string): string {
  const { site, nodes, seconds, warnings } = record;
  const rows = nodes.map((node) => [
    node.name,
    node.role,
    node.addresses.join(' '),
    `ready after ${readySeconds(node)} s`,
  ]);
  return [
    `the cluster of ${site} formed: ${count(nodes.length, 'node')} in ${Math.round(seconds)} s`,
    indented(table(rows)),
    ...(warnings.length === 0 ? [] : ['warnings:', ...grouped(warnings)]),
    `logs and report.html are in ${logs}`,
  ].join('\n');
}

/** The message of a rehearsal that failed. Pure. */
export function failureText({ site, failures, warnings }: RehearsalRecord): string {
  return [
    `the cluster of ${site} did not form`,
    ...grouped(failures),
    ...(warnings.length === 0 ? [] : ['warnings:', ...grouped(warnings)]),
  ].join('\n');
}

/** The same cause once, with all nodes that have it. */
function grouped(list: readonly Failure[]): readonly string[] {
  const nodes = new Map<string, string[]>();
  for (const { node, cause } of list) {
    nodes.set(cause, [...(nodes.get(cause) ?? []), ...(node === undefined ? [] : [node])]);
  }
  return [...nodes].map(([cause, names]) =>
    names.length === 0 ? `  ${cause}` : `  ${names.join(', ')}: ${cause}`,
  );
}

function readySeconds({ stages }: NodeRecord): number {
  return Math.round(stages.findLast(({ stage }) => stage === 'ready')?.at ?? 0);
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

function count(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}
