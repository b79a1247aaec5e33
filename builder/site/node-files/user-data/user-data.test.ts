import test from 'ava';
import { firstController, site, siteNode, toySecrets } from '../../../testing/site-fixture.ts';
import type { JsonObject } from '../../definition/json.ts';
import type { Registry, SiteNode } from '../../definition/site.ts';
import { clusterOf } from '../cluster.ts';
import { registryFiles } from './registries.ts';
import { userData } from './user-data.ts';

test('raw cloud-config wins, and its files are written after those of Kiln', (t) => {
  const own = {
    sshKeys: ['ssh-ed25519 AAAA one'],
    ntp: ['10.0.0.1'],
    proxy: { http: 'http://10.0.0.2:3128', noProxy: [] },
  };
  const cloudConfig = {
    ssh_authorized_keys: ['ssh-ed25519 BBBB two'],
    ntp: { pools: ['pool.example'] },
    write_files: [{ path: '/etc/k0s/proxy.env', content: '' }],
  };
  const made = dataOf(siteNode('w1', 'worker', 21, { ...own, cloudConfig }));
  t.deepEqual(made.ssh_authorized_keys, ['ssh-ed25519 BBBB two']);
  t.deepEqual(made.ntp, {
    enabled: true,
    ntp_client: 'systemd-timesyncd',
    servers: ['10.0.0.1'],
    pools: ['pool.example'],
  });
  t.deepEqual(pathsOf(made), [
    '/etc/systemd/system/k0sworker.service.d/20-kiln-proxy.conf',
    '/etc/k0s/proxy.env',
    '/etc/k0s/proxy.env',
  ]);
});

test('a node that asks for nothing has an empty document', (t) => {
  t.deepEqual(dataOf(siteNode('w1', 'worker', 21)), {});
});

test('only nodes that run pods know registries', (t) => {
  t.deepEqual(pathsOf(dataOf(firstController())), []);
  t.deepEqual(pathsOf(dataOf(siteNode('w1', 'worker', 21))), []);
  const registries = [{ host: 'a.example', mirrors: [], skipVerify: true }];
  t.deepEqual(pathsOf(dataOf(firstController(), registries)), []);
  t.deepEqual(pathsOf(dataOf(siteNode('w1', 'worker', 21), registries)), [
    '/etc/k0s/containerd.d/kiln-registries.toml',
    '/etc/containerd/certs.d/a.example/hosts.toml',
  ]);
});

test('what containerd is told of registries', (t) => {
  const registries: readonly Registry[] = [
    { host: '*', mirrors: ['https://m.example'], ca: 'PEM\n', skipVerify: false },
    { host: '*', mirrors: [], ca: 'PEM\n', skipVerify: false },
    { host: 'docker.io', mirrors: ['https://m.example/v2/"x"', 'http://n'], skipVerify: true },
    { host: '10.0.0.3:5000', mirrors: [], skipVerify: true },
  ];
  const texts = registryFiles(registries).map(({ path, content }) => `==> ${path}\n${content}`);
  t.snapshot(texts.join('\n'));
});

function dataOf(node: SiteNode, registries: readonly Registry[] = []): JsonObject {
  const all = site([firstController(), node], { registries });
  return userData(clusterOf(all, toySecrets(all)), node);
}

function pathsOf(data: JsonObject): readonly unknown[] {
  const files = data.write_files;
  return Array.isArray(files) ? files.map((file: JsonObject) => file.path) : [];
}
