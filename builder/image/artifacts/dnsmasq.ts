/** How machines are told where to boot from. */
export interface DhcpInput {
  /** The interface that they are at, and this machine's address there. */
  readonly interface: string;
  readonly address: string;
  /** The network's own address. */
  readonly network: string;
  /** Where the web server is: ends in "/". */
  readonly base: string;
  /** Whether there are files for a Raspberry Pi's own firmware. */
  readonly hasBoards: boolean;
  /** Directory of the files that firmware gets over TFTP. */
  readonly tftpRoot: string;
  /** First and last address to give away, when there is no other DHCP server. */
  readonly range?: { readonly first: string; readonly last: string };
  /** Where dnsmasq keeps who has which address, if not in its own place. */
  readonly leases?: string;
  /** Who dnsmasq becomes when it has its ports; undefined is who it is. */
  readonly user?: { readonly name: string; readonly group: string };
}

/** Option 93, Client System Architecture Type (RFC 4578; IANA's list "Processor Architecture Types"). */
const ARCHITECTURES = [
  ['bios', 0],
  ['efi-x86_64', 7],
  ['efi-x86_64', 9],
  ['efi-arm64', 11],
  ['http-x86_64', 16],
  ['http-arm64', 19],
] as const;

/** Whom a PXE menu is for, with dnsmasq's names of architectures (dnsmasq(8), --pxe-service). */
const SERVICES = [
  ['tag:!ipxe,tag:!rpi,x86PC', 'undionly.kpxe'],
  ['tag:!ipxe,x86-64_EFI', 'ipxe-x86_64.efi'],
  ['tag:!ipxe,ARM64_EFI', 'ipxe-arm64.efi'],
] as const;

/**
 * Beginnings of the hardware addresses of Raspberry Pis (IEEE's list of OUIs): their firmware says it were a PC's
 * BIOS, and nothing else in what it asks tells them apart.
 */
const RASPBERRY_PI_MACS = [
  ...['b8:27:eb', 'dc:a6:32', 'e4:5f:01', '28:cd:c1', 'd8:3a:dd', '2c:cf:67', '88:a2:9e'],
] as const;

/** What their firmware looks for in an answer (option 43), to know that it is meant for it. */
const RASPBERRY_PI_SERVICE = 'Raspberry Pi Boot';

/**
 * dnsmasq's configuration: beside a DHCP server that is there (proxy DHCP), or as the only one. Firmware gets iPXE,
 * and iPXE, which says so with option 175, gets the boot script.
 */
export function dhcpConfig(input: DhcpInput): string {
  return [...commonLines(input), ...(input.range ? fullLines(input) : proxyLines(input)), ''].join(
    '\n',
  );
}

function commonLines(input: DhcpInput): readonly string[] {
  return [
    '# No DNS; nothing of the settings of this machine.',
    'port=0',
    'no-hosts',
    'no-resolv',
    `interface=${input.interface}`,
    'bind-interfaces',
    'log-dhcp',
    ...(input.user ? [`user=${input.user.name}`, `group=${input.user.group}`] : []),
    'pid-file=',
    'enable-tftp',
    `tftp-root=${input.tftpRoot}`,
    ...ARCHITECTURES.map(([tag, number]) => `dhcp-match=set:${tag},option:client-arch,${number}`),
    'dhcp-match=set:ipxe,175',
    ...RASPBERRY_PI_MACS.map((mac) => `dhcp-mac=set:rpi,${mac}:*:*:*`),
  ];
}

function proxyLines({ network, base, address, hasBoards }: DhcpInput): readonly string[] {
  return [
    '# Beside the DHCP server of the network.',
    `dhcp-range=${network},proxy`,
    'dhcp-pxe-vendor=PXEClient,HTTPClient',
    ...SERVICES.map(([whom, file]) => `pxe-service=${whom},"iPXE",${file}`),
    ...(hasBoards
      ? [
          `pxe-service=tag:rpi,0,"${RASPBERRY_PI_SERVICE}"`,
          `dhcp-boot=tag:bios,tag:rpi,bootcode.bin,,${address}`,
        ]
      : []),
    ...httpLines(base),
    // iPXE on BIOS starts nothing when the server's address is missing.
    `dhcp-boot=tag:ipxe,${base}boot.ipxe,,${address}`,
  ];
}

function fullLines({ range, leases, base, address, hasBoards }: DhcpInput): readonly string[] {
  return [
    '# The only DHCP server of the network, which leads nowhere else.',
    `dhcp-range=${range?.first},${range?.last},1h`,
    ...(leases === undefined ? [] : [`dhcp-leasefile=${leases}`]),
    'dhcp-authoritative',
    'dhcp-option=option:router',
    'dhcp-option=option:dns-server',
    'dhcp-boot=tag:bios,tag:!ipxe,tag:!rpi,undionly.kpxe',
    ...(hasBoards
      ? [
          `dhcp-option-force=tag:bios,tag:rpi,43,"${RASPBERRY_PI_SERVICE}"`,
          'dhcp-boot=tag:bios,tag:rpi,bootcode.bin',
        ]
      : []),
    'dhcp-boot=tag:efi-x86_64,tag:!ipxe,ipxe-x86_64.efi',
    'dhcp-boot=tag:efi-arm64,tag:!ipxe,ipxe-arm64.efi',
    'dhcp-option-force=tag:http-x86_64,tag:!ipxe,60,HTTPClient',
    'dhcp-option-force=tag:http-arm64,tag:!ipxe,60,HTTPClient',
    ...httpLines(base),
    `dhcp-boot=tag:ipxe,${base}boot.ipxe,,${address}`,
  ];
}

/** UEFI HTTP Boot: the same iPXE, without TFTP. */
function httpLines(base: string): readonly string[] {
  return [
    `dhcp-boot=tag:http-x86_64,tag:!ipxe,${base}ipxe-x86_64.efi`,
    `dhcp-boot=tag:http-arm64,tag:!ipxe,${base}ipxe-arm64.efi`,
  ];
}
