import { join } from 'node:path';
import type { TokenSecret } from '../../../builder/site/secrets/secrets.ts';
import { joinToken } from '../../../builder/site/secrets/token.ts';
import { type Cluster, makeClusterSecrets, tokenFor } from '../../seed/cluster.ts';
import { seedStick } from '../../seed/media.ts';
import {
  firstController,
  joiningController,
  type K0sKey,
  type Node,
  seedFiles,
  worker,
} from '../../seed/node.ts';
import type { Nic } from '../../spec.ts';
import type { Workbench } from '../workbench.ts';

export const FIRST = '10.7.0.11';
export const SECOND = '10.7.0.21';

/** A site with its boxes' cards and networks: everything is in VLAN 7, and the first controller has a bond. */
export const CLUSTER: Cluster = {
  secrets: await makeClusterSecrets(),
  controllers: [FIRST, SECOND],
};

const MACS = {
  first: '52:54:00:07:00:11',
  spare: '52:54:00:07:00:12',
  second: '52:54:00:07:00:21',
};

/** Two cards of different makes. */
export function firstNics(socket: string): readonly Nic[] {
  return [
    { kind: 'lan', model: 'virtio', mac: MACS.first, socket },
    { kind: 'lan', model: 'e1000e', mac: MACS.spare, socket },
  ];
}

export function secondNics(socket: string): readonly Nic[] {
  return [{ kind: 'lan', model: 'e1000e', mac: MACS.second, socket }];
}

const FIRST_NETWORK = {
  version: 2,
  ethernets: {
    one: { match: { macaddress: MACS.first }, 'set-name': 'one' },
    two: { match: { macaddress: MACS.spare }, 'set-name': 'two' },
  },
  bonds: {
    bond0: {
      interfaces: ['one', 'two'],
      parameters: { mode: 'active-backup', 'mii-monitor-interval': 100 },
    },
  },
  vlans: { site: { id: 7, link: 'bond0', addresses: [`${FIRST}/24`] } },
};

const SECOND_NETWORK = {
  version: 2,
  ethernets: { lan: { match: { macaddress: MACS.second }, 'set-name': 'lan' } },
  vlans: { site: { id: 7, link: 'lan', addresses: [`${SECOND}/24`] } },
};

/** The first controller, as it is delivered, and as it is when it may have been wiped: with a token. */
export function firstNode(instanceId: string, token?: string): Node {
  const k0s = { ...firstController(CLUSTER), ...(token !== undefined && { token }) };
  return { instanceId, hostname: 'c1', k0s, network: FIRST_NETWORK };
}

function secondNode(instanceId: string, hostname: string, k0s: K0sKey): Node {
  return { instanceId, hostname, k0s, network: SECOND_NETWORK };
}

const { secrets } = CLUSTER;
const withToken = (token: string): K0sKey => ({ role: 'worker', token });

function strangeToken(token: TokenSecret): string {
  return joinToken({ role: 'worker', token, host: FIRST, ca: secrets.ca.certificate });
}

/** The second box as a worker with a token that ran out. */
export const EXPIRED = secondNode('w1-expired', 'w1', withToken(strangeToken(secrets.expired)));

/** With one that the controller has never seen. */
export const UNKNOWN = secondNode(
  'w1-unknown',
  'w1',
  withToken(strangeToken({ id: 'nobody', secret: 'nobodyknowsthis1' })),
);

/** With one of another cluster whose controller was at the same address. */
export const OTHER_CA = secondNode(
  'w1-other-ca',
  'w1',
  withToken(tokenFor('worker', { secrets: await makeClusterSecrets(), controllers: [FIRST] })),
);

export const WORKER = secondNode('w1-good', 'w1', worker(CLUSTER));

/** The second box as a controller that also runs pods. */
export const SECOND_CONTROLLER = secondNode('c2', 'c2', {
  ...joiningController(CLUSTER, SECOND),
  role: 'controller+worker',
});

/** Makes sticks with the seeds of nodes; one for the same node again is the same. */
export function stickMaker(bench: Workbench, directory: string) {
  return async (node: Node) =>
    await seedStick(bench.toolbox, {
      image: join(directory, `${node.instanceId}.img`),
      label: 'cidata',
      files: seedFiles(node),
    });
}
