import test from 'ava';
import { DhcpLog } from './log.ts';

// As dnsmasq 2.91 writes it.
const PROXY = `dnsmasq[77]: started, version 2.91 DNS disabled
dnsmasq-dhcp[77]: 3405643777 available DHCP subnet: 10.99.0.0/255.255.255.0
dnsmasq-dhcp[77]: 3405643777 vendor class: PXEClient:Arch:00007:UNDI:003001
dnsmasq-dhcp[77]: 3405643777 PXE(eth0) 06:0d:b3:9e:10:90 proxy
dnsmasq-dhcp[77]: 3405643777 tags: efi-x86_64, eth0
dnsmasq-tftp[77]: sent /tmp/kiln-dhcp-x/tftp/ipxe-x86_64.efi to 10.99.0.55
dnsmasq-tftp[77]: file /tmp/kiln-dhcp-x/tftp/9ffefdef/config.txt not found for 10.99.0.56
dnsmasq-tftp[77]: failed sending /tmp/kiln-dhcp-x/tftp/start4.elf to 10.99.0.57
dnsmasq-tftp[77]: sent /tmp/kiln-dhcp-x/tftp/9ffefdef/start4.elf to 10.99.0.56`;
const FULL = `dnsmasq-dhcp[77]: 11 vendor class: HTTPClient:Arch:00016:UNDI:003001
dnsmasq-dhcp[77]: 11 DHCPDISCOVER(eth0) 06:0d:b3:9e:10:91
dnsmasq-dhcp[77]: 11 DHCPOFFER(eth0) 10.99.0.60 06:0d:b3:9e:10:91
dnsmasq-dhcp[77]: 12 DHCPDISCOVER(eth0) 06:0d:b3:9e:10:92
dnsmasq-dhcp[77]: 12 vendor class: systemd`;

/** The stage shows which file it was of. */
const stageOf = (file: string) => ({ kind: 'seed', file }) as const;

const sightings = (text: string) => {
  const log = new DhcpLog('/tmp/kiln-dhcp-x/tftp', stageOf);
  return text.split('\n').flatMap((line) => log.read(line) ?? []);
};

test('machines that boot are seen, and what they get over TFTP', (t) => {
  t.deepEqual(sightings(PROXY), [
    { mac: '06:0d:b3:9e:10:90', address: undefined, stage: { kind: 'asks' } },
    { address: '10.99.0.55', stage: { kind: 'seed', file: 'ipxe-x86_64.efi' } },
    { address: '10.99.0.56', stage: { kind: 'seed', file: '9ffefdef/start4.elf' } },
  ]);
});

test('systems that run are not, though they ask for addresses', (t) => {
  t.deepEqual(sightings(FULL), [
    { mac: '06:0d:b3:9e:10:91', address: undefined, stage: { kind: 'asks' } },
  ]);
});
