import { gzipSync } from 'node:zlib';
import type { TokenSecret } from '../secrets/secrets.ts';
import { seedYaml } from './seed-yaml.ts';

export type TokenRole = 'worker' | 'controller';

/** The user's name in the kubeconfig is how k0s knows what a token is for. */
const USERS: Readonly<Record<TokenRole, string>> = {
  worker: 'kubelet-bootstrap',
  controller: 'controller-bootstrap',
};

/**
 * A join token as `k0s token pre-shared` makes it: base64 of a gzipped kubeconfig. What is compressed is not the
 * same on every processor, so this is only wrapped. Pure.
 *
 * @param server where it joins, https://host:port
 * @param authority the certificate of the cluster's CA, PEM
 */
export function joinToken(
  role: TokenRole,
  { id, secret }: TokenSecret,
  server: string,
  authority: string,
): string {
  const user = USERS[role];
  const cluster = {
    server,
    'certificate-authority-data': Buffer.from(authority).toString('base64'),
  };
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'k0s', cluster }],
    contexts: [{ name: 'k0s', context: { cluster: 'k0s', user } }],
    'current-context': 'k0s',
    users: [{ name: user, user: { token: `${id}.${secret}` } }],
  };
  return gzipSync(seedYaml(kubeconfig), { level: 0 }).toString('base64');
}
