import type { JsonObject } from '../../definition/json.ts';
import type { Chart, ChartSource } from '../../definition/site.ts';
import { chartPath, chartsOf, chartVersion } from '../charts.ts';
import type { Cluster } from '../cluster.ts';
import { seedYaml } from '../seed-yaml.ts';

interface Repository {
  readonly name: string;
  readonly url: string;
}

/** `spec.extensions`, if the cluster has charts. Pure. */
export function extensionsSpec(cluster: Cluster): JsonObject {
  const charts = chartsOf(cluster);
  if (charts.length === 0) return {};
  const repositories = repositoriesOf(cluster.site.helm.repositories, charts);
  return {
    extensions: {
      helm: {
        // k0s's default is to believe any certificate.
        ...(repositories.length > 0 && {
          repositories: repositories.map(({ name, url }) => ({ name, url, insecure: false })),
        }),
        charts: charts.map((chart) => chartSpec(chart, repositories)),
      },
    },
  };
}

/** The site's, and those that only charts name: each of those is called as the first chart that names it. */
function repositoriesOf(
  named: readonly Repository[],
  charts: readonly Chart[],
): readonly Repository[] {
  const all = [...named];
  for (const { name, source } of charts) {
    if (source.kind !== 'repository' || all.some(({ url }) => url === source.url)) continue;
    all.push({ name: unusedName(name, all), url: source.url });
  }
  return all;
}

function unusedName(name: string, taken: readonly Repository[]): string {
  return taken.some((other) => other.name === name) ? unusedName(`${name}-chart`, taken) : name;
}

function chartSpec(chart: Chart, repositories: readonly Repository[]): JsonObject {
  return {
    name: chart.name,
    ...nameAndVersion(chart, repositories),
    namespace: chart.namespace,
    ...(Object.keys(chart.values).length > 0 && { values: seedYaml(chart.values) }),
    order: chart.order,
  };
}

function nameAndVersion(chart: Chart, repositories: readonly Repository[]): JsonObject {
  const source: ChartSource = chart.source;
  switch (source.kind) {
    case 'repository': {
      const repository = repositories.find(({ url }) => url === source.url);
      return { chartname: `${repository?.name}/${source.chart}`, version: source.version };
    }
    case 'oci':
      return { chartname: ociReference(source.reference), version: source.version };
    case 'file': {
      // k0s installs a chart anew when this is another one than what is installed.
      const version = chartVersion(source.bytes);
      return {
        chartname: chartPath(chart.name, source),
        ...(version !== undefined && { version }),
      };
    }
  }
}

function ociReference(reference: string): string {
  return reference.startsWith('oci://') ? reference : `oci://${reference}`;
}
