import type { Decoder } from '../../yaml/decoder.ts';
import { text } from '../../yaml/scalars.ts';
import { parseCidr, parseIp } from './ip.ts';

/** A label of DNS (RFC 1123, section 2.1) as Kubernetes writes it. */
export const DNS_LABEL_PATTERN = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const DNS_NAME_PATTERN =
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;
/** Six pairs of hexadecimal digits. */
export const MAC_PATTERN = /^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$/;

const LABEL_RULE = 'small letters, digits and "-" between them; 63 at most';

/** The name of a site, of a node. */
export const DNS_LABEL: Decoder<string> = text({
  pattern: DNS_LABEL_PATTERN,
  expected: `a DNS label (${LABEL_RULE})`,
});

export const DNS_NAME: Decoder<string> = text({
  pattern: DNS_NAME_PATTERN,
  expected: 'a DNS name in small letters',
});

export const ADDRESS: Decoder<string> = text({
  accepts: (value) => parseIp(value) !== undefined,
  expected: 'an IP address, as "10.0.0.1" or "fd00::1"',
});

export const CIDR: Decoder<string> = text({
  accepts: (value) => parseCidr(value) !== undefined,
  expected: 'an address with its prefix, as "10.0.0.11/24" or "fd00::11/64"',
});

/** The name or address of a server. */
export const HOST: Decoder<string> = text({
  accepts: (value) => isHost(value),
  expected: 'an IP address, or a DNS name in small letters',
});

export const MAC: Decoder<string> = text({
  pattern: MAC_PATTERN,
  expected: 'a MAC address, as "52:54:00:00:00:11"',
});

/** What the kernel takes as the name of a network interface, and netplan and networkd without quoting (IFNAMSIZ is 16). */
export const LINK: Decoder<string> = text({
  pattern: /^(?!all$|default$)[A-Za-z][A-Za-z0-9_.-]{0,14}$/,
  expected:
    'the name of a network interface (a letter, then letters, digits, "_", "." and "-"; 15 at most)',
});

export const LAN: Decoder<string> = text({
  pattern: /^[a-z0-9][a-z0-9-]{0,30}$/,
  expected: 'a name for a network (small letters, digits and "-")',
});

export const PATH: Decoder<string> = text({
  pattern: /^[^\0\n]+$/,
  expected: 'the path of a file',
});

/** The number on a machine's plate (SMBIOS, System Information, Serial Number). */
export const SERIAL: Decoder<string> = text({
  pattern: /^[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}$/,
  expected: 'a serial number (letters, digits and . _ : + - after the first; 64 at most)',
});

/** What firmware says a machine is (SMBIOS, System Information, UUID). */
export const UUID: Decoder<string> = text({
  pattern: /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
  expected: 'a UUID, as 4c4c4544-0042-3510-8052-b4c04f4a4e31',
});

export const HTTP_URL: Decoder<string> = text({
  accepts: (value) => /^https?:\/\/[^\s/]+/.test(value) && URL.canParse(value),
  expected: 'an address that starts with http:// or https://',
});

/** Whether it is a name or an address that a server can be reached at. */
function isHost(value: string): boolean {
  // Digits and dots alone would be an address with a mistake in it.
  return parseIp(value) !== undefined || (DNS_NAME_PATTERN.test(value) && !/^[\d.]+$/.test(value));
}

/** Whether it is a DNS subdomain as Kubernetes names its objects. */
export function isDnsName(value: string): boolean {
  return DNS_NAME_PATTERN.test(value);
}
