import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import type { DhcpOffer, DhcpQuestion } from '../../builder/testing/dhcp-client.ts';
import { writeNetRelease } from '../../builder/testing/net-release.ts';
import { testToolbox } from '../../builder/testing/toolbox.ts';
import type { Toolbox } from '../../builder/tools/toolbox.ts';
import { type LabMachine, openLab } from '../../test-vm/network-lab.ts';
import { LAPTOP, ROUTER, startRouter } from '../../test-vm/pxe-lab.ts';

const DIST = join(PROJECT_DIRECTORY, 'dist');
const EVERYBODY = { address: '255.255.255.255', port: 67 };

/** Machines at a switch, one of them with a release. */
export interface Stand {
  readonly toolbox: Toolbox;
  readonly laptop: LabMachine;
  readonly box: LabMachine;
  readonly release: string;
  readonly directory: string;
  plugIn(name: string, number: number): Promise<LabMachine>;
}

/**
 * Runs a test with machines at a switch; says why when there can be none. A title with "beside" is for a network that
 * has a DHCP server.
 */
export function inLab(
  title: string,
  body: (t: ExecutionContext, stand: Stand) => Promise<void>,
): void {
  test.serial(title, async (t) => {
    t.timeout(5 * 60_000);
    const toolbox = await testToolbox();
    await using lab = await openLab(t, toolbox);
    if (lab === undefined) return;
    await using scratch = await Scratch.create('lab');
    const laptop = await lab.machine('laptop', 2);
    await laptop.giveAddress(`${LAPTOP}/24`);
    const router = await lab.machine('router', 1);
    await router.giveAddress(`${ROUTER}/24`);
    const box = await lab.machine('box', 9);
    const release = await writeNetRelease(scratch.path, { arch: 'x86_64', rootBytes: 1_000_000 });
    const stand: Stand = {
      ...{ toolbox, laptop, box, release, directory: scratch.path },
      plugIn: (name, number) => lab.machine(name, number),
    };
    await using _router = title.includes('beside') ? await startRouter(router, stand) : undefined;
    await body(t, stand);
  });
}

/** What all servers offer who answer. */
export async function ask(box: LabMachine, question: Partial<DhcpQuestion>): Promise<DhcpOffer[]> {
  const whole: DhcpQuestion = {
    ...{ mac: box.mac, arch: 7, vendorClass: 'PXEClient', isIpxe: false, to: EVERYBODY },
    ...{ waitMs: 1500, ...question },
  };
  const client = join(DIST, 'builder/testing/dhcp-client.js');
  return JSON.parse(await box.run([process.execPath, client, JSON.stringify(whole)]));
}

/** What the server on the laptop offers. */
export async function offerOf(box: LabMachine, question: Partial<DhcpQuestion>) {
  const offers = await ask(box, question);
  return offers.find(({ server }) => server === LAPTOP);
}
