import { stringify } from 'yaml';
import { installKey } from './install-key.ts';
import type { JsonObject } from './json.ts';
import type { Addressing, ChartSource, Cni, Link, Site, SiteNode, Storage } from './site.ts';
import { varKey } from './var-key.ts';

type Shown = Readonly<Record<string, unknown>>;

/**
 * A completed site in the words of a site file: groups written out, every default written down. Of files that it
 * names only the size is shown: some are secret.
 */
export function shownSite(site: Site): Shown {
  const { cluster, api, storage, helm } = site;
  return {
    site: site.name,
    ...filled({ image: { release: site.releases } }, Object.keys(site.releases).length > 0),
    network: {
      cni: shownCni(cluster.cni),
      pods: cluster.pods,
      services: cluster.services,
      domain: cluster.domain,
      'kube-proxy': cluster.kubeProxy,
    },
    api: { ...shownAccess(api.access), port: api.port, 'join-port': api.joinPort, sans: api.sans },
    storage: shownStorage(storage),
    registries: Object.fromEntries(
      site.registries.map(({ host, mirrors, ca, skipVerify }) => [
        host,
        { mirrors, ...(ca !== undefined && { ca: sizeOf(ca) }), 'skip-verify': skipVerify },
      ]),
    ),
    profiles: site.profiles,
    manifests: shownManifests(site),
    helm: {
      repositories: Object.fromEntries(helm.repositories.map(({ name, url }) => [name, url])),
      charts: helm.charts.map(({ source, ...chart }) => ({ ...chart, ...shownChart(source) })),
    },
    config: site.config,
    'worker-tokens': site.workerTokens,
    nodes: site.nodes.map(shownNode),
  };
}

/** The same as text. */
export function siteAsYaml(site: Site): string {
  return stringify(shownSite(site), { lineWidth: 100, aliasDuplicateObjects: false });
}

function filled(value: Shown, isFilled: boolean): Shown {
  return isFilled ? value : {};
}

function sizeOf(content: string | Uint8Array): string {
  const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
  return `(a file of ${bytes} bytes)`;
}

function shownCni(cni: Cni): unknown {
  switch (cni.kind) {
    case 'none':
      return 'none';
    case 'kuberouter': {
      const { kind, ...options } = cni;
      return { [kind]: options };
    }
    case 'calico': {
      const { kind, ...options } = cni;
      return { [kind]: options };
    }
    case 'flannel':
      return { flannel: { backend: cni.backend, chart: shownChart(cni.chart) } };
    case 'cilium': {
      const { kubeProxyReplacement, routing, encryption, hubble, chart } = cni;
      const replacement = { 'kube-proxy-replacement': kubeProxyReplacement };
      return { cilium: { ...replacement, routing, encryption, hubble, chart: shownChart(chart) } };
    }
  }
}

function shownChart(source: ChartSource): Shown {
  switch (source.kind) {
    case 'repository':
      return { chart: source.chart, repository: source.url, version: source.version };
    case 'oci':
      return { chart: source.reference, version: source.version };
    case 'file':
      return { chart: `${source.fileName} ${sizeOf(source.bytes)}` };
  }
}

function shownAccess(access: Site['api']['access']): Shown {
  switch (access.kind) {
    case 'direct':
      return {};
    case 'vip':
      return {
        ...{ vip: access.address, 'router-id': access.routerId, 'node-local': access.nodeLocal },
      };
    case 'balancer':
      return { balancer: access.address };
    case 'node-local':
      return { 'node-local': true };
  }
}

function shownStorage(storage: Storage): unknown {
  switch (storage.kind) {
    case 'etcd':
    case 'sqlite':
      return storage.kind;
    case 'kine':
      return { kine: sizeOf(storage.source) };
    case 'external-etcd': {
      const { endpoints, prefix, tls } = storage;
      const files = tls && Object.entries(tls).map(([key, text]) => [key, sizeOf(text)]);
      return { 'external-etcd': { endpoints, prefix, ...(files && Object.fromEntries(files)) } };
    }
  }
}

function shownManifests({ manifests }: Site): Shown {
  const stacks: Record<string, string[]> = {};
  for (const { stack, name, text } of manifests) {
    const names = stacks[stack] ?? [];
    names.push(`${name} ${sizeOf(text)}`);
    stacks[stack] = names;
  }
  return stacks;
}

function shownNode(node: SiteNode): Shown {
  const { links, dns, search, ntp, labels, taints, proxy } = node;
  return {
    name: node.name,
    role: node.role,
    ...filled({ bootstrap: true }, node.bootstrap && node.role !== 'single'),
    arch: node.arch,
    ...filled({ serial: node.serial }, node.serial !== undefined),
    ...filled({ uuid: node.uuid }, node.uuid !== undefined),
    interfaces: links.map(shownLink),
    ...lists({ dns, search, ntp, taints, 'ssh-keys': node.sshKeys }),
    ...lists({ 'k0s-args': node.k0sArgs, 'kubelet-args': node.kubeletArgs }),
    ...filled({ labels }, Object.keys(labels).length > 0),
    ...filled({ profile: node.profile }, node.profile !== undefined),
    ...(proxy && { proxy: { http: proxy.http, https: proxy.https, 'no-proxy': proxy.noProxy } }),
    ...filled({ 'time-zone': node.timeZone }, node.timeZone !== undefined),
    ...filled({ 'cloud-config': node.cloudConfig }, hasKeys(node.cloudConfig)),
    ...(node.install && { install: installKey(node.install) }),
    ...(node.var && { var: varKey(node.var) }),
  };
}

function hasKeys(value: JsonObject): boolean {
  return Object.keys(value).length > 0;
}

/** Those that are not empty. */
function lists(all: Readonly<Record<string, readonly unknown[]>>): Shown {
  return Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0));
}

function shownLink(link: Link): Shown {
  switch (link.kind) {
    case 'ethernet': {
      const { name, mac, lan } = link;
      return { ethernet: name, ...filled({ mac }, mac !== undefined), lan, ...addressing(link) };
    }
    case 'bond':
      return { bond: link.name, members: link.members, mode: link.mode, ...addressing(link) };
    case 'vlan':
      return { vlan: link.name, id: link.id, parent: link.parent, ...addressing(link) };
  }
}

function addressing(link: Addressing): Shown {
  return {
    ...lists({ address: link.addresses }),
    ...filled({ dhcp: true }, link.dhcp4),
    ...filled({ dhcp6: true }, link.dhcp6),
    ...filled({ 'accept-ra': link.acceptRa }, link.acceptRa),
    ...lists({ gateway: link.gateways, routes: link.routes }),
    ...filled({ mtu: link.mtu }, link.mtu !== undefined),
  };
}
