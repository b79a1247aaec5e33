import { oneOrMore, shortOrLong } from '../../yaml/by-kind.ts';
import { choice, defaulted, list, object, optional, required } from '../../yaml/collections.ts';
import { type DecodedBy, type Decoder, described, mapped } from '../../yaml/decoder.ts';
import { flag, integer, oneOf, text } from '../../yaml/scalars.ts';
import { ADDRESS, CIDR, DNS_NAME, HOST, PATH } from './names.ts';

/** The least that IPv4 asks of a link (RFC 791), and the most that cards carry. */
export const MTU: Decoder<number> = integer(576, 9216);

const CHART_VERSION = text({
  pattern: /^v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$/,
  expected: 'the version of a chart, as "1.19.1"',
});

/** A CNI's chart as written: a file, or another version or place. */
export type WrittenCniChart =
  | { readonly path: string }
  | { readonly version: string; readonly repository?: string };

const CNI_CHART: Decoder<WrittenCniChart> = described(
  'Where its Helm chart is: a local .tgz, or another version or repository.',
  shortOrLong<WrittenCniChart>(
    mapped(PATH, (path) => ({ path })),
    object({
      version: required(CHART_VERSION),
      repository: optional(
        text({
          accepts: (value) => /^(https?|oci):\/\/[^\s/]+/.test(value),
          expected: 'the address of a chart repository (https://…), or of a chart (oci://…)',
        }),
      ),
    }),
  ),
);

const KUBEROUTER = object({ mtu: optional(MTU) });

const CALICO = object({
  mode: defaulted(oneOf('vxlan', 'ipip', 'bird'), 'vxlan'),
  overlay: defaulted(oneOf('Always', 'CrossSubnet', 'Never'), 'Always'),
  wireguard: defaulted(flag(), false),
  ebpf: defaulted(flag(), false),
  mtu: optional(MTU),
});

const CILIUM = object({
  'kube-proxy-replacement': defaulted(flag(), true),
  routing: defaulted(oneOf('vxlan', 'geneve', 'native'), 'vxlan'),
  encryption: defaulted(oneOf('none', 'wireguard'), 'none'),
  hubble: defaulted(flag(), false),
  chart: optional(CNI_CHART),
});

const FLANNEL = object({
  backend: defaulted(oneOf('vxlan', 'host-gw', 'wireguard'), 'vxlan'),
  chart: optional(CNI_CHART),
});

/** A CNI as written: its name with its options. */
export type WrittenCni =
  | { readonly kuberouter: DecodedBy<typeof KUBEROUTER> }
  | { readonly calico: DecodedBy<typeof CALICO> }
  | { readonly cilium: DecodedBy<typeof CILIUM> }
  | { readonly flannel: DecodedBy<typeof FLANNEL> }
  | { readonly none: object };

const CNI_WORD: Decoder<WrittenCni> = mapped(
  oneOf('kuberouter', 'calico', 'cilium', 'flannel', 'none'),
  (word): WrittenCni => CNI_DEFAULTS[word],
);

const CILIUM_DEFAULTS = {
  'kube-proxy-replacement': true,
  routing: 'vxlan',
  encryption: 'none',
  hubble: false,
} as const;

const CNI_DEFAULTS = {
  kuberouter: { kuberouter: {} },
  calico: { calico: { mode: 'vxlan', overlay: 'Always', wireguard: false, ebpf: false } },
  cilium: { cilium: CILIUM_DEFAULTS },
  flannel: { flannel: { backend: 'vxlan' } },
  none: { none: {} },
} as const;

const CNI: Decoder<WrittenCni> = shortOrLong(
  CNI_WORD,
  choice<WrittenCni>({
    kuberouter: object({ kuberouter: required(KUBEROUTER) }),
    calico: object({ calico: required(CALICO) }),
    cilium: object({ cilium: required(CILIUM) }),
    flannel: object({ flannel: required(FLANNEL) }),
    none: object({ none: required(object({})) }),
  }),
);

/** Servers that a node asks: shared by the site's network and by single nodes. */
export const SERVERS = {
  gateway: optional(described('Default routes: one, or one of each family.', oneOrMore(ADDRESS))),
  dns: optional(described('Name servers.', list(ADDRESS))),
  search: optional(described('Domains that short names are looked for in.', list(DNS_NAME))),
  ntp: optional(described('Time servers.', list(HOST))),
  mtu: optional(MTU),
};

export const NETWORK = object({
  cni: defaulted(
    described('The network of pods: one word, or a map with its options.', CNI),
    CNI_DEFAULTS.kuberouter,
  ),
  pods: defaulted(described('One CIDR, or one of each family, IPv4 first.', oneOrMore(CIDR)), [
    '10.244.0.0/16',
  ]),
  services: defaulted(described('As of pods.', oneOrMore(CIDR)), ['10.96.0.0/12']),
  domain: defaulted(DNS_NAME, 'cluster.local'),
  'kube-proxy': defaulted(oneOf('iptables', 'ipvs', 'nftables'), 'iptables'),
  ...SERVERS,
});

/** What a site has that says nothing of its networks. */
export const NETWORK_DEFAULTS = {
  cni: CNI_DEFAULTS.kuberouter,
  pods: ['10.244.0.0/16'],
  services: ['10.96.0.0/12'],
  domain: 'cluster.local',
  'kube-proxy': 'iptables',
} as const;

export type WrittenNetwork = DecodedBy<typeof NETWORK>;

const PORT = integer(1, 65_535);

export const API = object({
  vip: optional(
    described(
      'A virtual address, with prefix, that living controllers pass on to each other.',
      CIDR,
    ),
  ),
  'router-id': optional(
    described(
      'Tells this virtual address from others in the same network (VRRP).',
      integer(1, 255),
    ),
  ),
  balancer: optional(
    described('The name or address of a load balancer that is there already.', HOST),
  ),
  'node-local': optional(
    described(
      'A load balancer on each worker, which knows all controllers; with a virtual address it is there unless this is false.',
      flag(),
    ),
  ),
  port: defaulted(PORT, 6443),
  'join-port': defaulted(described('Where controllers join.', PORT), 9443),
  sans: defaulted(
    described('Further names and addresses that certificates are valid for.', list(HOST)),
    [],
  ),
});

export const API_DEFAULTS = {
  port: 6443,
  'join-port': 9443,
  sans: [],
} as const;

export type WrittenApi = DecodedBy<typeof API>;

/**
 * Whether workers have a balancer of their own. k0s recommends it beside a virtual address: whoever has the address
 * is then one of several to ask, and tunnels to nodes end at every controller.
 */
export function isNodeLocal(api: Pick<WrittenApi, 'node-local' | 'vip'>): boolean {
  return api['node-local'] ?? api.vip !== undefined;
}
