import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { DNSMASQ_FILES, exampleDnsmasq } from '../../builder/image/artifacts/dnsmasq-example.ts';
import { readBootLoaders } from '../../builder/image/artifacts/ipxe.ts';
import type { DhcpQuestion } from '../../builder/testing/dhcp-client.ts';
import { LAPTOP, type LabProgram, startDnsmasq } from '../../test-vm/pxe-lab.ts';
import { inLab, offerOf, type Stand } from './pxe-stand.ts';

/** Fills in what a release has, as its first lines say, and starts it. */
async function startOwn(
  { laptop, release, directory, toolbox }: Stand,
  kind: keyof typeof DNSMASQ_FILES,
): Promise<LabProgram> {
  for (const [name, bytes] of await readBootLoaders(toolbox)) {
    await writeFile(join(release, name), bytes);
  }
  const text = exampleDnsmasq(kind, false)
    .replaceAll('192.0.2.100', '10.9.0.60')
    .replaceAll('192.0.2.199', '10.9.0.61')
    .replaceAll('192.0.2.2', LAPTOP)
    .replaceAll('192.0.2.0', '10.9.0.0')
    .replaceAll('/srv/kiln', release);
  // The laptop has no other user, and no place of dnsmasq's own.
  const lines = [text, 'user=root', `dhcp-leasefile=${join(directory, 'leases')}`];
  const config = join(directory, DNSMASQ_FILES[kind]);
  const program = await startDnsmasq(laptop, { toolbox, config }, lines);
  for (let i = 0; i < 200 && !program.said().includes('TFTP root is'); i += 1) await sleep(50);
  return program;
}

async function assertTold(t: ExecutionContext, { box, toolbox, directory }: Stand): Promise<void> {
  const offer = (question: Partial<DhcpQuestion>) => offerOf(box, { waitMs: 4000, ...question });
  const script = { file: `http://${LAPTOP}/boot.ipxe`, nextServer: LAPTOP };
  t.like(await offer({ arch: 7, isIpxe: true }), script);
  t.like(await offer({ arch: 0, isIpxe: true }), script);
  const http = { vendorClass: 'HTTPClient' } as const;
  const loader = `http://${LAPTOP}/ipxe-x86_64.efi`;
  t.like(await offer({ arch: 16, ...http }), { ...http, file: loader });
  await box.giveAddress('10.9.0.60/24');
  const got = join(directory, 'got');
  const tftp = ['tftp', '-g', '-r', 'ipxe-x86_64.efi', '-l', got, LAPTOP];
  await box.run([...toolbox.command('busybox'), ...tftp]);
  const wanted = (await readBootLoaders(toolbox)).get('ipxe-x86_64.efi');
  t.deepEqual(await readFile(got), wanted);
}

inLab(
  'a dnsmasq of one’s own, beside a DHCP server, tells what a release has',
  async (t, stand) => {
    await using program = await startOwn(stand, 'proxy');
    t.like(await offerOf(stand.box, { arch: 7, waitMs: 4000 }), {
      ...{ vendorClass: 'PXEClient', yourAddress: '0.0.0.0', nextServer: LAPTOP },
    });
    await assertTold(t, stand);
    t.notRegex(program.said(), /error|bad option/i);
  },
);

inLab('a dnsmasq of one’s own, as the only DHCP server, does too', async (t, stand) => {
  await using program = await startOwn(stand, 'full');
  const offer = await offerOf(stand.box, { arch: 7, waitMs: 4000 });
  t.like(offer, { file: 'ipxe-x86_64.efi', nextServer: LAPTOP });
  t.regex(offer?.yourAddress ?? '', /^10\.9\.0\.6[01]$/);
  await assertTold(t, stand);
  t.notRegex(program.said(), /error|bad option/i);
});
