import type { Arch } from '../../image/arch.ts';
import type { JsonObject } from './json.ts';

/** What a node is in its cluster: the words of the box's metadata. */
export type Role = 'controller' | 'controller+worker' | 'worker' | 'single';

/**
 * A site, complete: groups of nodes are one entry a node, defaults are filled in, files that it names are read.
 * Plain data; where anything was written is known to the loader alone.
 */
export interface Site {
  /** DNS label; part of instance-ids. */
  readonly name: string;
  /** Releases that nodes boot, by architecture, as far as the site names them: directories. */
  readonly releases: Readonly<Partial<Record<Arch, string>>>;
  readonly cluster: ClusterNetwork;
  readonly api: Api;
  readonly storage: Storage;
  /** Where containerd gets images from. */
  readonly registries: readonly Registry[];
  /** Worker profiles: kubelet configuration by name. */
  readonly profiles: Readonly<Record<string, JsonObject>>;
  /** Manifests that the cluster applies; the same on every controller. */
  readonly manifests: readonly Manifest[];
  readonly helm: Helm;
  /** Raw ClusterConfig: laid over what Kiln makes, and wins. */
  readonly config: JsonObject;
  /** Whether each worker has a token of its own, which can be revoked, or all share one. */
  readonly workerTokens: 'each' | 'shared';
  /** In the order of the file. One controller, or the single node, is the first: `bootstrap`. */
  readonly nodes: readonly SiteNode[];
}

/** The networks inside the cluster, and what makes them. */
export interface ClusterNetwork {
  readonly cni: Cni;
  /** CIDR, of one family or of both with IPv4 first. */
  readonly pods: readonly [string] | readonly [string, string];
  readonly services: readonly [string] | readonly [string, string];
  readonly domain: string;
  /** What kube-proxy does its work with, where the CNI does not replace it. */
  readonly kubeProxy: 'iptables' | 'ipvs' | 'nftables';
}

/** A CNI with its options; `none` is left to manifests, charts or `config`. */
export type Cni =
  | { readonly kind: 'kuberouter'; readonly mtu?: number }
  | {
      readonly kind: 'calico';
      readonly mode: 'vxlan' | 'ipip' | 'bird';
      readonly overlay: 'Always' | 'CrossSubnet' | 'Never';
      readonly wireguard: boolean;
      readonly ebpf: boolean;
      readonly mtu?: number;
    }
  | {
      readonly kind: 'cilium';
      readonly kubeProxyReplacement: boolean;
      readonly routing: 'vxlan' | 'geneve' | 'native';
      readonly encryption: 'none' | 'wireguard';
      readonly hubble: boolean;
      readonly chart: ChartSource;
    }
  | {
      readonly kind: 'flannel';
      readonly backend: 'vxlan' | 'host-gw' | 'wireguard';
      readonly chart: ChartSource;
    }
  | { readonly kind: 'none' };

/** How nodes and users reach the API servers. */
export interface Api {
  readonly port: number;
  /** Port of k0s's own API, where controllers join. */
  readonly joinPort: number;
  /** Names and addresses that certificates are valid for besides those that k0s adds itself. */
  readonly sans: readonly string[];
  readonly access: ApiAccess;
}

/**
 * - `direct`: everything asks the first controller.
 * - `vip`: controllers pass on a virtual address, CIDR (k0s's control-plane load balancing).
 * - `balancer`: a load balancer that is there already: name or address.
 * - `node-local`: a balancer on each worker; a first join asks the first controller.
 */
export type ApiAccess =
  | { readonly kind: 'direct' }
  | {
      readonly kind: 'vip';
      readonly address: string;
      readonly routerId: number;
      readonly nodeLocal: boolean;
    }
  | { readonly kind: 'balancer'; readonly address: string }
  | { readonly kind: 'node-local' };

/** Where the cluster's state is. */
export type Storage =
  | { readonly kind: 'etcd' }
  | {
      readonly kind: 'external-etcd';
      readonly endpoints: readonly string[];
      readonly prefix: string;
      /** PEM texts of the files that the site names; they are secrets of controllers. */
      readonly tls?: { readonly ca: string; readonly certificate: string; readonly key: string };
    }
  /** `source` may hold a password: it comes from a file. */
  | { readonly kind: 'kine'; readonly source: string }
  /** What a single node has: SQLite. */
  | { readonly kind: 'sqlite' };

export interface Registry {
  /** Host, with a port if there is one; `*` for all others. */
  readonly host: string;
  /** Addresses that are asked before the host itself, http:// or https://. */
  readonly mirrors: readonly string[];
  /** PEM text of the authorities that the mirrors' certificates are checked against. */
  readonly ca?: string;
  readonly skipVerify: boolean;
}

/** `<stack>/<name>.yaml` below /var/lib/k0s/manifests. */
export interface Manifest {
  readonly stack: string;
  readonly name: string;
  readonly text: string;
}

export interface Helm {
  readonly repositories: readonly { readonly name: string; readonly url: string }[];
  readonly charts: readonly Chart[];
}

/** A chart from a repository or registry, or a local `.tgz` that controllers carry. */
export type ChartSource =
  | {
      readonly kind: 'repository';
      readonly url: string;
      readonly chart: string;
      readonly version: string;
    }
  | { readonly kind: 'oci'; readonly reference: string; readonly version: string }
  | { readonly kind: 'file'; readonly fileName: string; readonly bytes: Uint8Array };

export interface Chart {
  readonly name: string;
  readonly namespace: string;
  readonly source: ChartSource;
  readonly values: JsonObject;
  /** k0s installs charts in this order, from low to high. */
  readonly order: number;
}

/** A node, complete. */
export interface SiteNode {
  /** DNS label: hostname, and name of the Kubernetes node. */
  readonly name: string;
  readonly role: Role;
  /** The one that starts the cluster. */
  readonly bootstrap: boolean;
  readonly arch: Arch;
  /** Serial number of the machine (SMBIOS type 1), to find its seed by. */
  readonly serial?: string;
  /** UUID of the machine (SMBIOS type 1), in small letters: the same. */
  readonly uuid?: string;
  /** In the order of the file, members and parents of others included. */
  readonly links: readonly Link[];
  /** Own address in the cluster, without prefix; undefined where DHCP gives it. Controllers have one. */
  readonly address?: string;
  /** The other family's, in a dual-stack site. */
  readonly secondAddress?: string;
  readonly dns: readonly string[];
  readonly search: readonly string[];
  readonly ntp: readonly string[];
  readonly proxy?: Proxy;
  readonly timeZone?: string;
  /** Keys that let in the image's default user. */
  readonly sshKeys: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** `key=value:Effect` or `key:Effect`. */
  readonly taints: readonly string[];
  /** Flags for k0s and for the kubelet, one an item. */
  readonly k0sArgs: readonly string[];
  readonly kubeletArgs: readonly string[];
  readonly profile?: string;
  /** Raw cloud-config: laid over what Kiln makes, and wins. */
  readonly cloudConfig: JsonObject;
  /** What an installer does with the machine; without it none does anything. */
  readonly install?: Install;
  /** Where /var is when the machine starts over the network; without it in memory. */
  readonly var?: VarDisk;
}

/** A path, `smallest`, `largest` or `only`; or facts of which all hold for one disk alone. */
export type Disk =
  | string
  | Readonly<Partial<Record<'path' | 'serial' | 'model' | 'size' | 'bus', string>>>;

/** What the `install` key of the box's metadata says. */
export interface Install {
  readonly disk: Disk;
  readonly wipe: boolean;
  readonly var: 'keep' | 'wipe';
  /** The key `then`. */
  readonly afterwards: 'reboot' | 'poweroff';
}

/** What the `var` key of the box's metadata says. */
export interface VarDisk {
  readonly disk: Disk;
  readonly wipe: boolean;
}

export interface Proxy {
  readonly http?: string;
  readonly https?: string;
  readonly noProxy: readonly string[];
}

/** How a link gets its addresses. */
export interface Addressing {
  /** With prefix: 10.0.0.11/24. */
  readonly addresses: readonly string[];
  readonly dhcp4: boolean;
  readonly dhcp6: boolean;
  /** Router advertisements. */
  readonly acceptRa: boolean;
  /** Default routes, at most one of each family. */
  readonly gateways: readonly string[];
  readonly routes: readonly { readonly to: string; readonly via: string }[];
  readonly mtu?: number;
}

/** A network link of a node, named as the box shall name it. */
export type Link = Ethernet | Bond | Vlan;

export interface Ethernet extends Addressing {
  readonly kind: 'ethernet';
  readonly name: string;
  /** Lower-case, with colons. Without one the node has this single card, whatever its address is. */
  readonly mac?: string;
  /** Name of the network that the card is plugged into; a rehearsal makes one virtual network of each. */
  readonly lan: string;
}

export interface Bond extends Addressing {
  readonly kind: 'bond';
  readonly name: string;
  /** Names of Ethernet links. */
  readonly members: readonly string[];
  readonly mode:
    | 'active-backup'
    | '802.3ad'
    | 'balance-rr'
    | 'balance-xor'
    | 'balance-alb'
    | 'balance-tlb';
}

export interface Vlan extends Addressing {
  readonly kind: 'vlan';
  readonly name: string;
  readonly id: number;
  /** Name of the Ethernet link or bond below. */
  readonly parent: string;
}
