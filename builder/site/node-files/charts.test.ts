import { gzipSync } from 'node:zlib';
import test from 'ava';
import { tarOf } from '../../testing/site-cases.ts';
import { FOUR_NODES, site, toySecrets } from '../../testing/site-fixture.ts';
import type { Chart } from '../definition/site.ts';
import { chartPath, chartsOf, chartVersion } from './charts.ts';
import { clusterOf } from './cluster.ts';

test('the version of a chart is what its own Chart.yaml says', (t) => {
  const inner = ['meter/charts/inner/Chart.yaml', 'version: 9.9.9\n'] as const;
  const header = ['PaxHeaders/Chart.yaml', '20 mtime=1700000000\n', 'x'] as const;
  const own = ['meter/Chart.yaml', 'apiVersion: v2\nname: meter\nversion: 1.2.3-rc.1\n'] as const;
  t.is(chartVersion(gzipSync(tarOf(inner, header, own))), '1.2.3-rc.1');
  t.is(chartVersion(gzipSync(tarOf(['./meter/Chart.yaml', 'version: "2"\n']))), '2');
});

test('what is no chart has no version', (t) => {
  t.is(chartVersion(Buffer.from('no gzip')), undefined);
  t.is(chartVersion(gzipSync('no tar')), undefined);
  t.is(chartVersion(gzipSync(tarOf(['a/b/Chart.yaml', 'version: 1.0.0\n']))), undefined);
  t.is(chartVersion(gzipSync(tarOf(['meter/Chart.yaml', 'a: [']))), undefined);
  t.is(chartVersion(gzipSync(tarOf(['meter/Chart.yaml', 'version: 1.5\n']))), undefined);
});

test('a chart with other contents has another path', (t) => {
  const file = (text: string) =>
    ({ kind: 'file', fileName: 'meter.tgz', bytes: Buffer.from(text) }) as const;
  t.not(chartPath('meter', file('a')), chartPath('meter', file('b')));
  t.regex(chartPath('meter', file('a')), /^\/var\/lib\/kiln\/charts\/meter-[0-9a-f]{12}\.tgz$/);
});

test("the CNI's chart comes before all others", (t) => {
  const source = { kind: 'oci', reference: 'oci://registry.example/x', version: '1.0.0' } as const;
  const chart = (name: string, order: number): Chart => {
    return { name, namespace: 'default', source, values: {}, order };
  };
  const plain = site(FOUR_NODES);
  const cni = { kind: 'flannel', backend: 'vxlan', chart: source } as const;
  const ordersOf = (charts: readonly Chart[]) => {
    const helm = { repositories: [], charts };
    const all = { ...plain, helm, cluster: { ...plain.cluster, cni } };
    return chartsOf(clusterOf(all, toySecrets(all))).map(({ name, order }) => `${name} ${order}`);
  };
  t.deepEqual(ordersOf([]), ['flannel 0']);
  t.deepEqual(ordersOf([chart('a', 1), chart('b', 2)]), ['flannel 0', 'a 1', 'b 2']);
  t.deepEqual(ordersOf([chart('a', 0), chart('b', -3)]), ['flannel -4', 'a 0', 'b -3']);
});
