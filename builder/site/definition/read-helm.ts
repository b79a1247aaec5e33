import { basename } from 'node:path';
import { placeOf, type SourcePos } from '../../report/diagnostic.ts';
import { didYouMean } from '../../report/suggest.ts';
import type { Placed } from '../../yaml/decoder.ts';
import { placeIn } from '../../yaml/sources.ts';
import { type Reading, readNamed } from './named-file.ts';
import type { Written } from './schema.ts';
import type { WrittenChart } from './schema-cluster.ts';
import type { Chart, ChartSource, Helm } from './site.ts';

/** Charts are written to the box by cloud-init, in base64; a seed has 16 MiB in all. */
const MAX_BYTES = 4 << 20;

/** The charts of a site, with the files that it names. */
export async function readHelm(
  written: Written['helm'] | undefined,
  reading: Reading,
): Promise<Helm> {
  const { repositories = {}, charts = [] } = written ?? {};
  checkNames(charts, reading);
  const read = charts.map(async (chart, index): Promise<Chart> => {
    const { name, namespace, values, order = index + 1 } = chart.value;
    const source = await readSource(chart, repositories, reading);
    return { name, namespace, source, values, order };
  });
  return {
    repositories: Object.entries(repositories).map(([name, url]) => ({ name, url })),
    charts: await Promise.all(read),
  };
}

function checkNames(charts: readonly Placed<WrittenChart>[], { report }: Reading): void {
  const seen = new Map<string, SourcePos>();
  for (const { value, node } of charts) {
    const at = placeIn(node, ['name']);
    const first = seen.get(value.name);
    const note = first && `the first is at ${placeOf(first)}`;
    if (first) report.error(`there are two charts of the name "${value.name}"`, at, note);
    seen.set(value.name, first ?? at);
  }
}

async function readSource(
  { value: { chart, version }, node }: Placed<WrittenChart>,
  repositories: Readonly<Record<string, string>>,
  reading: Reading,
): Promise<ChartSource> {
  const { report } = reading;
  const at = placeIn(node, ['chart']);
  if (chart.endsWith('.tgz') && !chart.startsWith('oci://')) {
    if (version !== undefined) {
      report.error('a chart that is a file has its version in it', placeIn(node, ['version']));
    }
    return await readChartFile(chart, at, reading);
  }
  if (version === undefined) {
    report.error('the key "version" is missing', at, 'only a .tgz goes without it');
  }
  if (chart.startsWith('oci://')) return { kind: 'oci', reference: chart, version: version ?? '' };
  const [repository = '', name = '', more] = chart.split('/');
  const url = Object.hasOwn(repositories, repository) ? repositories[repository] : undefined;
  if (name === '' || more !== undefined || /^\.*$/.test(repository)) {
    const forms = '"repository/chart", "oci://host/chart" or the path of a .tgz';
    report.error(`"${chart}" is no chart`, at, `write ${forms}`);
  } else if (url === undefined) {
    const tail = didYouMean(repository, Object.keys(repositories));
    const message = `there is no repository "${repository}" in "helm.repositories"${tail}`;
    report.error(message, at);
  }
  return { kind: 'repository', url: url ?? '', chart: name, version: version ?? '' };
}

/** A chart that controllers carry. */
export async function readChartFile(
  path: string,
  at: SourcePos,
  reading: Reading,
): Promise<ChartSource> {
  const bytes = await readNamed({ at, path, noun: 'chart', maxBytes: MAX_BYTES }, reading);
  const fileName = basename(path);
  if (bytes && !(bytes[0] === 0x1f && bytes[1] === 0x8b)) {
    const note = 'it has no gzip in it; `helm package` or `helm pull` makes one';
    reading.report.error(`"${path}" is no packed chart`, at, note);
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]*\.tgz$/.test(fileName)) {
    const note = 'letters, digits, ".", "_", "+" and "-", with ".tgz" at the end';
    reading.report.error(`"${fileName}" is no name for a chart`, at, note);
  }
  return { kind: 'file', fileName, bytes: bytes ?? new Uint8Array() };
}

/** All charts of a controller have to fit into its seed. */
export function checkChartSizes(
  charts: readonly ChartSource[],
  { sources, report }: Reading,
): void {
  const bytes = charts.reduce(
    (sum, each) => sum + (each.kind === 'file' ? each.bytes.length : 0),
    0,
  );
  const most = 2 * MAX_BYTES;
  if (bytes <= most) return;
  const message = `the packed charts have ${Math.ceil(bytes / 1024)} KiB together; ${most >> 10} KiB are the most`;
  report.error(message, sources.at(['helm', 'charts']), 'serve some of them from a repository');
}
