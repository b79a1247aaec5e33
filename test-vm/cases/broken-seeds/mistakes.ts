import { randomBytes } from 'node:crypto';
import { stringify } from 'yaml';
import { MACHINE_ENTROPY } from '../../../builder/site/secrets/entropy.ts';
import { type Cluster, makeClusterSecrets, tokenFor } from '../../seed/cluster.ts';
import {
  firstController,
  type K0sKey,
  type Node,
  type SeedFiles,
  seedFiles,
  singleNode,
  worker,
} from '../../seed/node.ts';

/** The only address that a box has here. */
const ADDRESS = '10.0.2.15';

const CLUSTER: Cluster = { secrets: await makeClusterSecrets(), controllers: [ADDRESS] };

/** A seed with one mistake, and what the box says of it: `key: message`. */
export interface Mistake {
  readonly what: string;
  readonly files: SeedFiles;
  readonly says: RegExp;
}

function node(instanceId: string, k0s: K0sKey): Node {
  return { instanceId, hostname: 'b1', k0s };
}

/** A good seed whose `k0s` key is another one. */
function k0s(what: string, says: RegExp, key: K0sKey): Mistake {
  return { what, says, files: seedFiles(node(what.replaceAll(' ', '-'), key)) };
}

/** A good seed some of whose files are others. */
function files(what: string, says: RegExp, changed: SeedFiles): Mistake {
  const good = seedFiles(node(what.replaceAll(' ', '-'), singleNode(CLUSTER)));
  return { what, says, files: { ...good, ...changed } };
}

const WORKER_TOKEN = tokenFor('worker', CLUSTER);
const CONTROLLER = firstController(CLUSTER);

/** What the box sees as soon as it sees the medium: in every file, and in the key `k0s`. */
export const MISTAKES: readonly Mistake[] = [
  files('bad YAML', /^meta-data:\d+:\d+: is not valid YAML/, {
    'meta-data': 'instance-id: a\nk0s: [role: single\n',
  }),
  files('a key twice', /^meta-data:3:\d+: .*instance-id/, {
    'meta-data': 'instance-id: a\nlocal-hostname: b\ninstance-id: c\n',
  }),
  files('no instance-id', /^meta-data: has no instance-id/, { 'meta-data': 'local-hostname: b\n' }),
  files('binary rubbish', /^meta-data/, { 'meta-data': randomBytes(5000) }),
  files('a huge file', /meta-data: is larger than \d+ bytes/, {
    'meta-data': `instance-id: a\nx: ${'x'.repeat(5 << 20)}\n`,
  }),
  {
    what: 'a directory in the place of a file',
    says: /meta-data.*: cannot be read/,
    files: { 'meta-data/x': 'instance-id: a\n' },
  },
  files('user-data that nobody knows', /^user-data:1: /, { 'user-data': 'users: []\n' }),
  k0s('an unknown role', /^k0s\.role: /, { role: 'master' }),
  k0s('both forms of a token', /^k0s\.token-file: /, {
    role: 'worker',
    token: WORKER_TOKEN,
    'token-file': '/etc/token',
  }),
  k0s('a worker without a token', /^k0s\.token: is missing/, { role: 'worker' }),
  k0s('a token for another role', /^k0s\.token: is a controller's token/, {
    role: 'worker',
    token: tokenFor('controller', CLUSTER),
  }),
];

/** More of them, for the full form. */
export const MORE_MISTAKES: readonly Mistake[] = [
  files('a network without a version', /^network-config: version: has to be 1 or 2/, {
    'network-config': stringify({ ethernets: { eth0: { dhcp4: true } } }),
  }),
  k0s('no role', /^k0s\.role: is missing/, { bootstrap: true }),
  k0s('a token that is cut off', /^k0s\.token: /, {
    role: 'worker',
    token: WORKER_TOKEN.slice(0, 400),
  }),
  k0s('an unknown key', /^k0s\.roel: is unknown/, { ...worker(CLUSTER), roel: 'worker' }),
  k0s('secrets of a controller for a worker', /^k0s\.pki: /, {
    ...worker(CLUSTER),
    pki: CONTROLLER.pki,
  }),
  k0s('a key of another certificate', /^k0s\.pki\.ca\.key: /, {
    ...CONTROLLER,
    pki: {
      ...(CONTROLLER.pki as object),
      'ca.key': await MACHINE_ENTROPY.rsaKey(),
    },
  }),
  k0s('a controller without a configuration', /^k0s\.config: is missing/, {
    role: 'controller',
    bootstrap: true,
  }),
  k0s('a flag that is Kiln’s', /^k0s\.args\[0\]: --config is set by Kiln/, {
    ...CONTROLLER,
    args: ['--config=/x'],
  }),
];

/** What is seen only on the box itself, once the seed is in use. */
export const LATE_MISTAKES: readonly Mistake[] = [
  k0s('a field that k0s does not know', /^k0s\.config: .*unknown field.*adress/, {
    role: 'single',
    config: {
      apiVersion: 'k0s.k0sproject.io/v1beta1',
      kind: 'ClusterConfig',
      metadata: { name: 'k0s' },
      spec: { api: { adress: ADDRESS } },
    },
  }),
  k0s('a file that is not there', /^k0s\.token-file: \/etc\/site\/token cannot be read/, {
    role: 'worker',
    'token-file': '/etc/site/token',
  }),
];

export const GOOD: SeedFiles = seedFiles(node('good', singleNode(CLUSTER)));
