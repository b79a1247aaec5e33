import { join } from 'node:path';
import { table } from '../../report/table.ts';
import type { Site } from '../definition/site.ts';
import { apiServer } from '../secrets/kubeconfig.ts';
import type { Opened } from '../secrets/open.ts';
import { ADMIN_KUBECONFIG, TOKENS_FILE } from './contents.ts';
import { isoName, type WrittenSite } from './write-site.ts';
import type { Change } from './written-file.ts';

/** A site that was made, and where its parts are. */
export interface MadeSite {
  readonly site: Site;
  readonly secretsFile: string;
  readonly opened: Pick<Opened, 'isNew' | 'added' | 'seal' | 'isResealed'>;
  readonly written: WrittenSite;
}

/** More lines than this tell a person nothing. */
const ROWS = 20;

const CHANGES: readonly Change[] = ['new', 'changed', 'same'];

/** What a user reads about one site, or about several. Pure. */
export function summaryText(sites: readonly MadeSite[]): string {
  const [first, ...more] = sites;
  if (first === undefined) return '';
  return more.length === 0 ? oneSite(first) : severalSites(sites);
}

/** The same for programs, with every node. Pure. */
export function summaryJson(sites: readonly MadeSite[]): object {
  return {
    sites: sites.map(({ site, secretsFile, opened, written }) => ({
      site: site.name,
      directory: written.directory,
      api: apiServer(site),
      kubeconfig: join(written.directory, ADMIN_KUBECONFIG),
      secrets: {
        file: secretsFile,
        new: opened.isNew,
        sealed: opened.seal !== 'plain',
        resealed: opened.isResealed,
      },
      nodes: site.nodes.map((node, i) => ({
        name: node.name,
        role: node.role,
        address: node.address ?? null,
        arch: node.arch,
        iso: join(written.directory, isoName(node)),
        change: written.changes[i],
      })),
      addedTokens: opened.added,
      removed: written.removed,
      http: written.http ? join(written.directory, 'http') : null,
    })),
  };
}

function oneSite(made: MadeSite): string {
  const { site, written } = made;
  const rows = site.nodes.map((node, i) => [
    ...[node.name, node.role, node.address ?? 'DHCP', node.arch],
    ...[isoName(node), written.changes[i] ?? ''],
  ]);
  const heading = ['node', 'role', 'address', 'arch', 'ISO', ''];
  return [cut(heading, rows, 'nodes'), factsOf(made), nextSteps(made)].join('\n');
}

function factsOf({ site, secretsFile, opened, written }: MadeSite): string {
  const { directory, changes, removed } = written;
  return table([
    ['seeds', `${directory}: ${tally(changes)}`],
    ...(removed.length === 0 ? [] : [['removed', few(removed)]]),
    ...(written.http ? [['for HTTP', `${join(directory, 'http')}/{name,mac,serial,uuid}/…`]] : []),
    ['API', apiServer(site)],
    ['kubeconfig', join(directory, ADMIN_KUBECONFIG)],
    ['secrets', `${secretsFile}${secretsNote(opened)}`],
  ]);
}

function secretsWord({ isNew, added, isResealed }: MadeSite['opened']): string {
  if (isNew) return 'new';
  const words = [
    ...(added.length > 0 ? ['tokens added'] : []),
    ...(isResealed ? ['sealed anew'] : []),
  ];
  return words.join(', ');
}

function secretsNote({ isNew, added, seal, isResealed }: MadeSite['opened']): string {
  const sealed = seal === 'plain' ? '' : ', encrypted';
  if (isNew) return `: new${sealed}; keep it, the site cannot be made again without it`;
  const changes = [
    ...(isResealed
      ? [`now encrypted with the ${seal === 'passphrase' ? 'passphrase' : 'given keys'}`]
      : []),
    ...(added.length === 0 ? [] : [`tokens added for ${few(added)}`]),
  ];
  return changes.length === 0 ? '' : `: ${changes.join('; ')}`;
}

function nextSteps({ site, opened, written }: MadeSite): string {
  const { directory, changes } = written;
  const kubectl = `kubectl --kubeconfig ${join(directory, ADMIN_KUBECONFIG)}`;
  const first = site.nodes.find((_, i) => changes[i] !== 'same');
  if (first === undefined) {
    return opened.isResealed ? 'No seed has changed.\n' : 'Nothing has changed.\n';
  }
  const what = changes.includes('same') ? 'new or changed ISO' : 'ISO';
  const steps = [
    `Write each ${what} to a stick or disc of its own, or attach it to a virtual machine as a CD:`,
    `  dd if=${join(directory, isoName(first))} of=/dev/sdX bs=1M conv=fsync`,
    `${site.nodes.length === 1 ? 'Boot the box' : 'Boot the boxes in any order'}. Then:`,
    `  ${kubectl} get nodes`,
  ];
  // A cluster that runs learns of new tokens only from a seed that a controller boots with, or from somebody.
  const isWorkerNew = site.workerTokens === 'each' && !opened.isNew && opened.added.length > 0;
  const addition = [
    'If the cluster runs already, tell it of the new tokens; controllers need no new seed for them:',
    `  ${kubectl} apply -f ${join(directory, TOKENS_FILE)}`,
  ];
  return `${[...steps, ...(isWorkerNew ? addition : [])].join('\n')}\n`;
}

function severalSites(sites: readonly MadeSite[]): string {
  const rows = sites.map(({ site, written, opened }) => [
    site.name,
    `${site.nodes.length}`,
    ...CHANGES.map((change) => `${countOf(written.changes, change)}`),
    secretsWord(opened),
    written.directory,
    written.changes.every((change) => change === 'same') ? 'same' : '',
  ]);
  const heading = ['site', 'nodes', ...CHANGES, 'secrets', 'directory', ''];
  const changes = sites.flatMap(({ written }) => written.changes);
  const total = `${sites.length} sites, ${tally(changes)}\n`;
  return `${cut(heading, rows, 'sites', ['nodes', ...CHANGES])}\n${total}`;
}

/** A table's first rows, and how many there would be more; of too many those come first of which a user has work. */
function cut(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  what: string,
  flushRight: readonly string[] = [],
): string {
  const sorted = [...rows.filter((row) => !isSame(row)), ...rows.filter(isSame)];
  const shown = rows.length > ROWS ? sorted.slice(0, ROWS) : rows;
  const rest = rows.length - shown.length;
  const more = rest === 0 ? '' : `… and ${rest} ${what} more; --json prints all of them\n`;
  return `${table([heading, ...shown], flushRight)}${more}`;
}

/** Whether the last cell says that nothing has changed. */
function isSame(row: readonly string[]): boolean {
  return row.at(-1) === 'same';
}

/** `4 ISOs: 1 new, 3 same` */
function tally(changes: readonly Change[]): string {
  const counts = CHANGES.flatMap((change) => {
    const count = countOf(changes, change);
    return count === 0 ? [] : [`${count} ${change}`];
  });
  return `${changes.length} ${changes.length === 1 ? 'ISO' : 'ISOs'}: ${counts.join(', ')}`;
}

function countOf(changes: readonly Change[], wanted: Change): number {
  return changes.filter((change) => change === wanted).length;
}

/** Some names, and how many there are more. */
function few(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
