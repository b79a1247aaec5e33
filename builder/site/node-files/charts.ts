import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { sha256 } from '../../report/sha256.ts';
import type { Chart, ChartSource } from '../definition/site.ts';
import type { Cluster } from './cluster.ts';
import { cniChart } from './cluster-config/cni.ts';

type ChartFile = Extract<ChartSource, { kind: 'file' }>;

/** Where controllers have the charts that they carry; k0s takes an absolute path for a chart's name. */
const DIRECTORY = '/var/lib/kiln/charts';

/** Whatever a chart holds before its Chart.yaml, it is not larger unpacked. */
const UNPACKED_LIMIT = 64 * 1024 * 1024;

/** A tar file's unit (POSIX 1003.1, ustar). */
const BLOCK = 512;

/** The path of a chart on controllers: other contents have another one. Pure. */
export function chartPath(name: string, { bytes }: ChartFile): string {
  return `${DIRECTORY}/${name}-${sha256(bytes).slice(0, 12)}.tgz`;
}

/**
 * All charts that k0s installs. The CNI's comes first: k0s installs only a few at a time, and the others' pods wait
 * for a network. Pure.
 */
export function chartsOf(cluster: Cluster): readonly Chart[] {
  const cni = cniChart(cluster);
  const { charts } = cluster.site.helm;
  if (cni === undefined) return charts;
  const first = Math.min(0, ...charts.map(({ order }) => order - 1));
  return [{ ...cni, order: first }, ...charts];
}

/** The version in a packed chart's Chart.yaml; undefined for what is no chart. Pure. */
export function chartVersion(bytes: Uint8Array): string | undefined {
  try {
    const tar = gunzipSync(bytes, { maxOutputLength: UNPACKED_LIMIT });
    const text = chartYaml(tar);
    const chart: unknown = text === undefined ? undefined : parse(text);
    if (typeof chart !== 'object' || chart === null || !('version' in chart)) return undefined;
    return typeof chart.version === 'string' ? chart.version : undefined;
  } catch {
    return undefined;
  }
}

/** The text of `<chart>/Chart.yaml`: charts within the chart are deeper. */
function chartYaml(tar: Buffer): string | undefined {
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const size = Number.parseInt(field(tar, at + 124, 12), 8) || 0;
    const start = at + BLOCK;
    const isFile = ['', '0'].includes(field(tar, at + 156, 1));
    if (isFile && /^(\.\/)?[^/]+\/Chart\.yaml$/.test(field(tar, at, 100))) {
      return tar.toString('utf8', start, start + size);
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}

function field(tar: Buffer, start: number, length: number): string {
  const [text = ''] = tar.toString('latin1', start, start + length).split('\0');
  return text;
}
