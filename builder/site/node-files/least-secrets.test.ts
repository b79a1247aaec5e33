import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { SITE_CASES } from '../../testing/site-cases.ts';
import { toySecrets } from '../../testing/site-fixture.ts';
import type { Site, SiteNode } from '../definition/site.ts';
import { nodeFilesOf } from './node-files-of.ts';

/** Everything secret of a site by its name, as a line that is in it. */
function secretsOf(site: Site): Readonly<Record<string, string>> {
  const { authorities, serviceAccounts, admin, tokens, vrrpPassword } = toySecrets(site);
  const { storage } = site;
  const workers = Object.entries(tokens.workers).map(
    ([name, { id, secret }]) => [`token of ${name}`, `${id}.${secret}`] as const,
  );
  return {
    ca: lineOf(authorities.kubernetes.key),
    'front-proxy-ca': lineOf(authorities.frontProxy.key),
    'etcd-ca': lineOf(authorities.etcd.key),
    sa: serviceAccounts.key,
    admin: lineOf(admin.key),
    'controller token': `${tokens.controller.id}.${tokens.controller.secret}`,
    'shared token': `${tokens.shared.id}.${tokens.shared.secret}`,
    ...Object.fromEntries(workers),
    vrrp: vrrpPassword,
    ...(storage.kind === 'external-etcd' && { 'etcd client': lineOf(storage.tls?.key ?? '') }),
    ...(storage.kind === 'kine' && { database: 'databasepassword' }),
  };
}

/** What a node has to know; nothing says it but this. */
function needed(site: Site, node: SiteNode): readonly string[] {
  const token = site.workerTokens === 'shared' ? 'shared token' : `token of ${node.name}`;
  if (node.role === 'worker') return [token];
  const hasEtcd = site.storage.kind === 'etcd';
  const starts = node.bootstrap || node.role === 'single';
  const others = site.nodes.filter(({ role }) => role.startsWith('controller')).length > 1;
  const workers = site.nodes
    .filter(({ role }) => role === 'worker')
    .map(({ name }) => (site.workerTokens === 'shared' ? 'shared token' : `token of ${name}`));
  return [
    ...(starts || !hasEtcd ? ['ca', 'sa'] : []),
    ...(starts && hasEtcd ? ['etcd-ca'] : []),
    'front-proxy-ca',
    ...(hasEtcd && others ? ['controller token'] : []),
    ...workers,
    ...(site.api.access.kind === 'vip' ? ['vrrp'] : []),
    ...(site.storage.kind === 'external-etcd' ? ['etcd client'] : []),
    ...(site.storage.kind === 'kine' ? ['database'] : []),
  ];
}

for (const [name, site] of Object.entries(SITE_CASES)) {
  test(`each node has the secrets that it needs, and no others: ${name}`, (t) => {
    const make = nodeFilesOf(site, toySecrets(site));
    for (const node of site.nodes) {
      const text = unwrapped(Object.values(make(node).files).join('\n'));
      const found = Object.entries(secretsOf(site))
        .filter(([, secret]) => includes(text, secret))
        .map(([secret]) => secret);
      t.deepEqual(found.sort(), [...new Set(needed(site, node))].sort(), node.name);
    }
  });
}

/** Whether a secret is there in any form: a token may be in two halves. */
function includes(text: string, secret: string): boolean {
  const squeezed = text.replaceAll(/\s+/g, '');
  const parts = secret.includes('.') ? secret.split('.') : [secret];
  return parts.every((part) => squeezed.includes(part.replaceAll(/\s+/g, '')));
}

/** A text, and all that is base64 in it, packed or not, and in what was unpacked. */
function unwrapped(text: string): string {
  const inner = [...text.matchAll(/[A-Za-z0-9+/]{8,}={0,2}/g)].map(([word]) => {
    const bytes = Buffer.from(word, 'base64');
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('latin1');
    return unwrapped(gunzipSync(bytes).toString('latin1'));
  });
  return [text, ...inner].join('\n');
}

function lineOf(pem: string): string {
  return pem.split('\n')[1] ?? '';
}
