import { type Diagnostic, Report } from '../../report/diagnostic.ts';
import { DiagnosticsError } from '../../report/format.ts';
import { readLayers } from '../../yaml/layers.ts';
import { mergeDocuments } from '../../yaml/merge.ts';
import { headingOf, type YamlNode } from '../../yaml/node.ts';
import { find, Sources } from '../../yaml/sources.ts';
import { checkSite } from './check.ts';
import { completeSite, type ReadParts } from './complete.ts';
import { expandNodes } from './expand.ts';
import { whyUnreachable } from './ip.ts';
import type { Reading } from './named-file.ts';
import type { Plan } from './plan.ts';
import { readCni } from './read-cni.ts';
import { checkChartSizes, readHelm } from './read-helm.ts';
import { readManifests } from './read-manifests.ts';
import { readRegistries } from './read-registries.ts';
import { readReleases } from './read-releases.ts';
import { readStorage } from './read-storage.ts';
import { SITE, SITE_MERGE, type Written } from './schema.ts';
import { NETWORK_DEFAULTS } from './schema-network.ts';
import type { Site } from './site.ts';
import { addressesOfAll, withLinks } from './site-address.ts';

/** A site file with everything that is wrong in it. */
export interface SiteReading {
  readonly file: string;
  readonly sources: Sources;
  readonly diagnostics: readonly Diagnostic[];
  /** What is likely not meant, but works. */
  readonly warnings: readonly Diagnostic[];
  /** Undefined when something is wrong. */
  readonly site: Site | undefined;
}

/**
 * Reads a site file that has to be right, and the files that it names.
 * @throws DiagnosticsError with everything that is wrong, KilnError when the file cannot be read
 */
export async function loadSite(
  file: string,
): Promise<{ readonly site: Site; readonly warnings: readonly Diagnostic[] }> {
  const { site, sources, diagnostics, warnings } = await readSite(file);
  return site ? { site, warnings } : sources.fail(diagnostics);
}

/**
 * Reads a site file: include and merge, decode, write out its groups, read what it names, check, complete.
 * @throws KilnError when the file itself cannot be read
 */
export async function readSite(file: string): Promise<SiteReading> {
  const report = new Report();
  const layers = await readLayers(file, undefined, report);
  const merged = mergeDocuments(
    layers.documents,
    SITE_MERGE,
    layers.isComplete ? report : new Report(),
  );
  if (!merged) throw new DiagnosticsError(file, report.diagnostics);
  const root = placedAt(layers.documents.at(-1), merged);
  const sources = new Sources(file, layers.files, root);
  const written = SITE.some(root, { report, extent: layers.isComplete ? 'whole' : 'part' });
  const plan = planOf(written, root, report);
  const parts = await readParts(plan, { sources, report });
  const nodes = withLinks(plan.nodes);
  const addresses = addressesOfAll(nodes).filter(({ cidr }) => whyUnreachable(cidr) === undefined);
  const isWhole = plan.isWhole && layers.isComplete;
  checkSite({ plan, parts, nodes, addresses, sources, report, isWhole });

  const site = report.isEmpty ? completeSite(plan, nodes, parts) : undefined;
  const { diagnostics, warnings } = report;
  return { file, sources, diagnostics, warnings, site };
}

/** What is missing is missing in the file that the user named, whatever it includes. */
function placedAt(file: YamlNode | undefined, merged: YamlNode): YamlNode {
  if (file === undefined || merged.kind !== 'map') return merged;
  return { ...merged, at: file.at, heading: headingOf(file) };
}

function planOf(written: Partial<Written>, root: YamlNode, report: Report): Plan {
  const nodes = expandNodes(written, root, report);
  const readable = (key: 'nodes' | 'groups'): boolean => {
    const list = find(root, [key]);
    const count = list?.kind === 'list' ? list.items.length : 0;
    return (list === undefined || list.kind === 'list') && written[key]?.length === count;
  };
  return { written, nodes, isWhole: readable('nodes') && readable('groups'), root };
}

async function readParts({ written, nodes }: Plan, reading: Reading): Promise<ReadParts> {
  const [only] = nodes;
  const isSingle = nodes.length === 1 && only?.role === 'single';
  const { image } = written;
  const [cni, releases, storage, registries, manifests, helm] = await Promise.all([
    readCni(written.network?.cni ?? NETWORK_DEFAULTS.cni, reading),
    readReleases(image?.release, image?.arch, reading),
    readStorage(written.storage, isSingle, reading),
    readRegistries(written.registries, reading),
    readManifests(written.manifests ?? {}, reading),
    readHelm(written.helm, reading),
  ]);
  const ofCni = 'chart' in cni ? [cni.chart] : [];
  checkChartSizes([...ofCni, ...helm.charts.map(({ source }) => source)], reading);
  return { cni, releases, storage, registries, manifests, helm };
}
