import { type DhcpInput, dhcpConfig } from './dnsmasq.ts';

/** What has to be replaced, of addresses that are nobody's (RFC 5737, "TEST-NET-1"). */
const PLACES = {
  interface: 'eth0',
  address: '192.0.2.2',
  network: '192.0.2.0',
  tftpRoot: '/srv/kiln',
} as const;

const RANGE = { first: '192.0.2.100', last: '192.0.2.199' } as const;

/** Configurations for a dnsmasq of the user's own, by file name. */
export const DNSMASQ_FILES = { proxy: 'dnsmasq-proxy.conf', full: 'dnsmasq-full.conf' } as const;

/**
 * Configuration for a dnsmasq that serves the directory of a release, for people to fill in.
 * @param kind beside the DHCP server that is there, or as the only one
 */
export function exampleDnsmasq(kind: keyof typeof DNSMASQ_FILES, hasBoards: boolean): string {
  const file = DNSMASQ_FILES[kind];
  const input: DhcpInput = {
    ...PLACES,
    base: `http://${PLACES.address}/`,
    hasBoards,
    ...(kind === 'full' && { range: RANGE }),
  };
  const toFillIn: readonly (readonly [string, string])[] = [
    [PLACES.interface, 'the interface that the machines are at'],
    [PLACES.address, "this server's address there, at which the web server has this directory"],
    kind === 'full'
      ? [`${RANGE.first}, ${RANGE.last}`, 'the first and the last address to give away']
      : [PLACES.network, 'the network'],
    [PLACES.tftpRoot, 'this directory'],
  ];
  const width = Math.max(...toFillIn.map(([what]) => what.length));
  return [
    '# For a server that gives this directory out over TFTP and, with a web server, over HTTP. To fill in:',
    ...toFillIn.map(([what, meaning]) => `#   ${what.padEnd(width)}  ${meaning}`),
    `# Then, as root: dnsmasq --keep-in-foreground --log-facility=- --conf-file=${file}`,
    '',
    dhcpConfig(input),
  ].join('\n');
}
