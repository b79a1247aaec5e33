import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { Scratch } from '../../../builder/report/scratch.ts';
import { prepareDisk } from '../../release-disk.ts';
import { type Cluster, makeClusterSecrets } from '../../seed/cluster.ts';
import { seedIso } from '../../seed/media.ts';
import { firstController, seedFiles } from '../../seed/node.ts';
import type { ExtraDisk, MachineSpec } from '../../spec.ts';
import { Box } from '../box.ts';
import { SOAK, soakTest } from '../soak.ts';
import { machineSpec, type Workbench, workbench } from '../workbench.ts';

interface Moment {
  readonly what: string;
  readonly isLong?: boolean;
  readonly wait: (box: Box) => Promise<unknown>;
}

const FOLDER = 'power-cuts';
const ADDRESS = '10.0.2.15';
const CUTS_OF_A_SOAK = 20;
const INITRD_MS = 10_000;

/** Moments of a first boot at which much is written, each told by the box itself; the short form has some of them. */
const MOMENTS: readonly Moment[] = [
  {
    what: 'partitions are made',
    // The initrd says nothing on the console; it makes them some seconds after it was loaded.
    wait: async (box) => {
      await box.untilConsoleShows(/EFI stub: Loaded initrd/, 300);
      await sleep(INITRD_MS);
    },
  },
  { what: 'the root is mounted', wait: (box) => box.machine.untilBoot(1, 300) },
  {
    what: 'the seed is being remembered',
    isLong: true,
    wait: (box) => box.until('a status', () => true),
  },
  {
    what: 'k0s is being given its files',
    wait: (box) => box.untilFile('/var/lib/k0s/pki/ca.crt'),
  },
  {
    what: 'k0s makes its own',
    isLong: true,
    wait: (box) => box.untilFile('/var/lib/k0s/etcd'),
  },
];

test('a first boot whose power is cut, again and again, is completed by the next one, with nothing doubled', async (t) => {
  t.timeout(20 * 60_000);
  await using site = await Site.open();
  const disk = await site.newDisk('cut');
  for (const { what, isLong, wait } of MOMENTS) {
    if (isLong === true && !SOAK) continue;
    await using box = await Box.switchOn(t, site.bench, site.spec(disk));
    await wait(box);
    t.log(`the power is cut when ${what}`);
    await box.machine.cutPower();
  }
  await using box = await Box.switchOn(t, site.bench, site.spec(disk));
  await box.untilReady('controller');
  await box.check([`${FOLDER}/once.sh`], { AUTHORITY: site.authority });
});

soakTest(
  `power cut at ${CUTS_OF_A_SOAK} moments spread over the first boot: the next one is complete`,
  async (t) => {
    t.timeout(90 * 60_000);
    await using site = await Site.open();
    const startedAt = performance.now();
    {
      await using box = await Box.switchOn(t, site.bench, site.spec(await site.newDisk('whole')));
      await box.untilReady('controller');
    }
    const whole = performance.now() - startedAt;
    for (let cut = 1; cut <= CUTS_OF_A_SOAK; cut += 1) {
      const disk = await site.newDisk(`cut-${cut}`);
      const moment = (whole * cut) / (CUTS_OF_A_SOAK + 1);
      {
        await using box = await Box.switchOn(t, site.bench, site.spec(disk));
        await sleep(moment);
        await box.machine.cutPower();
      }
      t.log(`cut ${cut}: after ${(moment / 1000).toFixed(1)} s`);
      await using box = await Box.switchOn(t, site.bench, site.spec(disk));
      await box.untilReady('controller');
      await box.check([`${FOLDER}/once.sh`], { AUTHORITY: site.authority });
      await box.machine.cutPower();
    }
  },
);

/** The first controller of a cluster, and disks for it. */
class Site implements AsyncDisposable {
  readonly bench: Workbench;
  /** The certificate that the cluster has to have. */
  readonly authority: string;
  readonly #scratch: Scratch;
  readonly #seed: ExtraDisk;

  private constructor(bench: Workbench, scratch: Scratch, seed: ExtraDisk, authority: string) {
    this.bench = bench;
    this.#scratch = scratch;
    this.#seed = seed;
    this.authority = authority;
  }

  static async open(): Promise<Site> {
    const bench = await workbench('x86_64');
    const scratch = await Scratch.create('cuts');
    const cluster: Cluster = { secrets: await makeClusterSecrets(), controllers: [ADDRESS] };
    const seed = await seedIso(bench.toolbox, {
      image: join(scratch.path, 'seed.iso'),
      label: 'cidata',
      files: seedFiles({
        instanceId: 'cuts-1',
        hostname: 'c1',
        k0s: firstController(cluster),
        userData: { runcmd: ['echo run >> /var/lib/runs'], users: ['default', { name: 'ada' }] },
      }),
    });
    return new Site(bench, scratch, seed, cluster.secrets.ca.certificate);
  }

  async newDisk(name: string): Promise<string> {
    const path = join(this.#scratch.path, `${name}.qcow2`);
    await prepareDisk(this.bench.toolbox, this.bench.disk.path, path, 8192);
    return path;
  }

  spec(disk: string): MachineSpec {
    return { ...machineSpec(this.bench, disk), extraDisks: [this.#seed] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scratch[Symbol.asyncDispose]();
  }
}
