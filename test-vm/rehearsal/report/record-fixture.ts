import type { BootAccount, NodeRecord, RehearsalRecord } from '../record.ts';

/** A chart as systemd-analyze draws it, with what must not be run. */
export const CHART =
  '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><script>alert(1)</script></svg>';

function node(name: string, last: number, more: Partial<NodeRecord>): NodeRecord {
  return {
    name,
    role: 'worker',
    arch: 'x86_64',
    address: `10.0.0.${last}`,
    cards: [{ lan: 'lan', mac: `52:54:00:00:00:${last}`, aggregate: undefined }],
    memoryMiB: 1536,
    cpus: 1,
    seed: `${last}`.repeat(32),
    stage: 'ready',
    stages: [
      { stage: 'off', at: 0 },
      { stage: 'firmware', at: 0.01 },
      { stage: 'kernel', at: 8 },
      { stage: 'initrd', at: 12 },
      { stage: 'booting', at: 30 },
      { stage: 'configuring', at: 45 },
      { stage: 'starting', at: 61 },
      { stage: 'ready', at: 80.25 },
    ],
    addresses: [`10.0.0.${last}/24`],
    image: '0.1.0',
    k0s: 'v1.36.3+k0s.2',
    kernel: '6.12.118',
    problems: [],
    bootTime: 'Startup finished in 4s (kernel) + 14s (initrd) + 33s (userspace) = 51s',
    ...more,
  };
}

/** A rehearsal that formed, of a controller and a worker with a second card. */
export const FORMED: RehearsalRecord = {
  site: 'plant7',
  date: '2026-01-02T03:04:05.000Z',
  verdict: 'formed',
  seconds: 92.5,
  failures: [],
  warnings: [{ node: 'c1', cause: 'disk: 10 % of <3.5 GB> in /var free' }],
  order: ['w1', 'c1'],
  isOnline: false,
  lans: ['lan', 'machines'],
  gateways: [
    {
      id: 'gw0',
      lan: 'lan',
      vlan: undefined,
      ipv4: {
        network: '10.0.0.0/24',
        host: '10.0.0.1',
        dns: '10.0.0.254',
        dhcpStart: '10.0.0.253',
      },
    },
    {
      id: 'gw1',
      lan: 'machines',
      vlan: 7,
      ipv6: { network: 'fd00::/64', host: 'fd00::1', dns: '' },
    },
  ],
  releases: [
    {
      arch: 'x86_64',
      name: 'kiln',
      version: '0.1.0',
      rootHash: 'ab'.repeat(32),
      kernel: '6.12.118',
      k0s: 'v1.36.3+k0s.2',
      how: 'software emulation',
    },
  ],
  nodes: [
    node('c1', 11, { role: 'controller', memoryMiB: 2048 }),
    node('w1', 21, {
      cards: [
        { lan: 'lan', mac: '52:54:00:00:00:21', aggregate: undefined },
        { lan: 'machines', mac: '52:54:00:00:00:22', aggregate: undefined },
      ],
    }),
  ],
};

/** One that failed, with words that are meant to break out of the page. */
export const FAILED: RehearsalRecord = {
  ...FORMED,
  verdict: 'failed',
  warnings: [],
  failures: [
    { node: 'w1', cause: 'k0s: says: </pre><script>alert("x")</script>' },
    { node: undefined, cause: 'the virtual address 10.0.0.10 is on none of c1' },
  ],
  nodes: [
    node('c1', 11, { role: 'controller' }),
    node('w1', 21, {
      stage: 'broken',
      stages: [
        { stage: 'off', at: 0 },
        { stage: 'firmware', at: 0.01 },
        { stage: 'broken', at: 40 },
      ],
      address: undefined,
      addresses: [],
      image: undefined,
      k0s: undefined,
      kernel: undefined,
      bootTime: undefined,
    }),
  ],
};

export const BOOTS: ReadonlyMap<string, BootAccount> = new Map([
  ['c1', { time: 'Startup finished', chart: CHART }],
]);
