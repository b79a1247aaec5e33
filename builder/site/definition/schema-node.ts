import { oneOrMore } from '../../yaml/by-kind.ts';
import {
  choice,
  defaulted,
  list,
  type ObjectOf,
  object,
  optional,
  record,
  required,
} from '../../yaml/collections.ts';
import {
  type DecodedBy,
  type Decoder,
  described,
  type Placed,
  placed,
} from '../../yaml/decoder.ts';
import { jsonObject } from '../../yaml/json.ts';
import { flag, integer, oneOf, text } from '../../yaml/scalars.ts';
import { ADDRESS, CIDR, DNS_LABEL, HTTP_URL, LAN, LINK, MAC, SERIAL, UUID } from './names.ts';
import { NAME_RANGE, RANGE } from './range.ts';
import { INSTALL } from './schema-install.ts';
import { MTU, SERVERS } from './schema-network.ts';
import { VAR } from './schema-var.ts';

export const ARCH = oneOf('x86_64', 'arm64');

const LINE = text({ pattern: /^[^\n\r]*\S[^\n\r]*$/, expected: 'a text of one line' });

export const PROXY = object({
  http: optional(HTTP_URL),
  https: optional(HTTP_URL),
  'no-proxy': optional(
    list(text({ pattern: /^[^\s,]+$/, expected: 'a host, a domain or a network, without spaces' })),
  ),
});

/** SSH public keys; what is in them is checked by a rule. */
export const SSH_KEYS = list(LINE);

/** What any node may have, and what may be said for all of them at once. */
const SETTINGS = {
  arch: optional(ARCH),
  labels: optional(described('Labels of the Kubernetes node.', record(text(), text()))),
  taints: optional(described('As "key=value:Effect".', list(LINE))),
  'k0s-args': optional(described('Flags for k0s, one an item.', list(LINE))),
  'kubelet-args': optional(described('Flags for the kubelet, one an item.', list(LINE))),
  profile: optional(described('A worker profile.', LINE)),
  ...SERVERS,
  proxy: optional(PROXY),
  'time-zone': optional(LINE),
  'ssh-keys': optional(SSH_KEYS),
  'cloud-config': optional(described('Raw cloud-config: wins.', jsonObject())),
  install: optional(described('What an installer does on the machine.', INSTALL)),
  var: optional(described('Where /var is if the machine starts over the network.', VAR)),
};

export const DEFAULTS = object(SETTINGS);

/** Settings of nodes, as written in one place. */
export type Settings = ObjectOf<typeof SETTINGS>;

/** Decoders of what differs between a node and a group, where one text stands for many. */
interface Texts {
  readonly cidr: Decoder<string>;
  readonly mac: Decoder<string>;
}

function addressing({ cidr }: Texts) {
  return {
    address: optional(described('One, or several.', oneOrMore(cidr))),
    dhcp: defaulted(flag(), false),
    dhcp6: defaulted(flag(), false),
    'accept-ra': optional(described('Router advertisements of IPv6.', flag())),
    gateway: optional(oneOrMore(ADDRESS)),
    routes: optional(list(placed(object({ to: required(CIDR), via: required(ADDRESS) })))),
    mtu: optional(MTU),
  };
}

function ethernet(texts: Texts) {
  return object({
    ethernet: required(described('The name that the card shall have.', LINK)),
    mac: optional(texts.mac),
    lan: optional(described('The network that it is plugged into.', LAN)),
    ...addressing(texts),
  });
}

function bond(texts: Texts) {
  return object({
    bond: required(LINK),
    members: required(list(LINK)),
    mode: defaulted(
      oneOf(
        ...(['active-backup', '802.3ad', 'balance-rr'] as const),
        ...(['balance-xor', 'balance-alb', 'balance-tlb'] as const),
      ),
      'active-backup',
    ),
    ...addressing(texts),
  });
}

function vlan(texts: Texts) {
  return object({
    vlan: required(LINK),
    id: required(integer(1, 4094)),
    parent: required(LINK),
    ...addressing(texts),
  });
}

/** A network interface as written: its kind is the key that has its name. */
export type WrittenInterface =
  | DecodedBy<ReturnType<typeof ethernet>>
  | DecodedBy<ReturnType<typeof bond>>
  | DecodedBy<ReturnType<typeof vlan>>;

function interfaces(texts: Texts): Decoder<readonly Placed<WrittenInterface>[]> {
  return list(
    placed(
      choice<WrittenInterface>({ ethernet: ethernet(texts), bond: bond(texts), vlan: vlan(texts) }),
    ),
    { min: 1 },
  );
}

const OF_NODE: Texts = { cidr: CIDR, mac: MAC };
const OF_GROUP: Texts = { cidr: RANGE, mac: RANGE };

const IDENTITY = {
  address: optional(
    described('With prefix; one, or one of each family. None is DHCP.', oneOrMore(CIDR)),
  ),
  mac: optional(MAC),
  serial: optional(described('Serial number of the machine.', SERIAL)),
  uuid: optional(described('UUID of the machine, as its firmware says it.', UUID)),
  lan: optional(LAN),
  interfaces: optional(
    described('Several cards, bonds, VLANs: instead of "address" and "mac".', interfaces(OF_NODE)),
  ),
};

export const NODE = object({
  name: required(DNS_LABEL),
  role: required(oneOf('controller', 'controller+worker', 'worker', 'single')),
  bootstrap: optional(described('Whether it is the controller that starts the cluster.', flag())),
  ...IDENTITY,
  ...SETTINGS,
});

export type WrittenNode = DecodedBy<typeof NODE>;

/** What one of a group may have of its own. */
const OVERRIDE = object({ ...IDENTITY, ...SETTINGS });

export const GROUP = object({
  name: required(described('Names of all, as "w[1-40]" or "w[01-40]".', NAME_RANGE)),
  role: defaulted(oneOf('worker'), 'worker'),
  address: optional(described('As "10.0.0.[21-60]/24".', oneOrMore(RANGE))),
  mac: optional(described('As "52:54:00:00:01:[00-27]", or a list.', oneOrMore(RANGE))),
  serial: optional(oneOrMore(RANGE)),
  lan: optional(LAN),
  interfaces: optional(interfaces(OF_GROUP)),
  overrides: optional(
    described(
      'What single ones of the group have of their own, by name.',
      record(DNS_LABEL, placed(OVERRIDE)),
    ),
  ),
  ...SETTINGS,
});

export type WrittenGroup = DecodedBy<typeof GROUP>;
