"""Rules between and within the fields of a ClusterConfig that has the right shape."""

import re
from collections.abc import Iterator

from k0s_standin.addresses import is_any, is_cidr, is_dns_name, is_ip

IMAGE_VERSION = re.compile(r"\w[\w.-]{0,127}(@[A-Za-z][A-Za-z0-9]*([-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,})?")
LOCKED_IN_PROFILES = ("clusterDNS", "clusterDomain", "apiVersion", "kind", "staticPodURL")


def at(tree: object, *path: str) -> object:
    """The value at a path; None when a part of it is absent."""
    for name in path:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def items(tree: object, *path: str) -> list[dict[str, object]]:
    """The list at a path, empty when it is absent."""
    found = at(tree, *path)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def rule_problems(spec: object) -> Iterator[str]:
    """What k0s's own validation says about a spec, one message for each mistake."""
    yield from _api(spec)
    yield from _storage(spec)
    yield from _network(spec)
    yield from _local_balancer(spec)
    yield from _control_plane_balancer(spec)
    yield from _profiles(spec)
    yield from _images(at(spec, "images"), "spec.images")


def _api(spec: object) -> Iterator[str]:
    address = at(spec, "api", "address")
    if isinstance(address, str) and address:
        if not is_ip(address):
            yield f'spec.api.address: Invalid value: "{address}": invalid IP address'
        elif is_any(address):
            yield f'spec.api.address: Invalid value: "{address}": invalid INADDR_ANY'
    external = at(spec, "api", "externalAddress")
    if isinstance(external, str) and external:
        yield from _host(external, "spec.api.externalAddress")
        if is_any(external):
            yield f'spec.api.externalAddress: Invalid value: "{external}": invalid INADDR_ANY'
    sans = at(spec, "api", "sans")
    for index, san in enumerate(sans if isinstance(sans, list) else []):
        yield from _host(str(san), f"spec.api.sans[{index}]")


def _host(value: str, path: str) -> Iterator[str]:
    if not is_ip(value) and not is_dns_name(value):
        yield f'{path}: Invalid value: "{value}": invalid IP address / DNS name'


def _storage(spec: object) -> Iterator[str]:
    peer = at(spec, "storage", "etcd", "peerAddress")
    if isinstance(peer, str) and peer and (not is_ip(peer) or is_any(peer)):
        yield f'spec.storage.etcd.peerAddress: Invalid value: "{peer}": etcd cannot listen for peers there'
    path = "spec.storage.etcd.externalCluster"
    external = at(spec, "storage", "etcd", "externalCluster")
    if not isinstance(external, dict):
        return
    if "" in (external.get("endpoints") or []):
        yield f"{path}.endpoints cannot contain empty strings"
    tls = [bool(external.get(name)) for name in ("caFile", "clientCertFile", "clientKeyFile")]
    if any(tls) and not all(tls):
        yield (
            f"{path} is invalid: all TLS properties [caFile,clientCertFile,clientKeyFile] "
            "must be defined or none of those"
        )


def _network(spec: object) -> Iterator[str]:
    for name in ("podCIDR", "serviceCIDR"):
        yield from _cidr(at(spec, "network", name), f"spec.network.{name}")
    domain = at(spec, "network", "clusterDomain")
    if isinstance(domain, str) and not is_dns_name(domain):
        yield f'spec.network.clusterDomain: Invalid value: "{domain}": invalid DNS name'
    if not at(spec, "network", "dualStack", "enabled"):
        return
    mode = at(spec, "network", "calico", "mode") or "vxlan"
    if at(spec, "network", "provider") == "calico" and mode != "bird":
        yield "spec.network.calico.mode: Forbidden: dual-stack for calico is only supported for mode `bird`"
    for name in ("IPv6podCIDR", "IPv6serviceCIDR"):
        yield from _cidr(at(spec, "network", "dualStack", name) or "", f"spec.network.dualStack.{name}")


def _cidr(value: object, path: str) -> Iterator[str]:
    if isinstance(value, str) and not is_cidr(value):
        yield f'{path}: Invalid value: "{value}": invalid CIDR address'


def _local_balancer(spec: object) -> Iterator[str]:
    if at(spec, "network", "nodeLocalLoadBalancing", "enabled") and at(spec, "api", "externalAddress"):
        yield (
            "spec.network.nodeLocalLoadBalancing.enabled: Forbidden: node-local load balancing cannot be used in "
            "conjunction with an external Kubernetes API server address"
        )


def _control_plane_balancer(spec: object) -> Iterator[str]:
    path = "spec.network.controlPlaneLoadBalancing.keepalived"
    keepalived = at(spec, "network", "controlPlaneLoadBalancing", "keepalived")
    for index, instance in enumerate(items(keepalived, "vrrpInstances")):
        if len(str(instance.get("authPass") or "")) > 8:
            yield f"{path}.vrrpInstances[{index}].authPass: AuthPass must be 8 characters or less"
        if not instance.get("virtualRouterID") and 51 + index > 255:
            yield f"{path}.vrrpInstances[{index}]: automatic virtualRouterIDs exceeded, specify them explicitly"
        for address in instance.get("virtualIPs") or []:
            if not is_cidr(str(address)):
                yield f"{path}.vrrpInstances[{index}].virtualIPs: VirtualIPs must be a CIDR. Got: {address}"
    servers = items(keepalived, "virtualServers")
    for index, server in enumerate(servers):
        if not is_ip(str(server.get("ipAddress"))):
            yield f"{path}.virtualServers[{index}].ipAddress: invalid IP address: {server.get('ipAddress')}"
    if servers and at(spec, "api", "externalAddress"):
        yield f"{path}.virtualServers: spec.api.externalAddress and virtual servers cannot be used together"


def _profiles(spec: object) -> Iterator[str]:
    for index, profile in enumerate(items(spec, "workerProfiles")):
        values = profile.get("values")
        for name in LOCKED_IN_PROFILES:
            if isinstance(values, dict) and name in values:
                yield f"spec.workerProfiles[{index}]: field `{name}` is prohibited to override in worker profile"


def _images(tree: object, path: str) -> Iterator[str]:
    if not isinstance(tree, dict):
        return
    version = tree.get("version")
    if isinstance(version, str) and "image" in tree and not IMAGE_VERSION.fullmatch(version):
        yield f'{path}.version: Invalid value: "{version}": must match regular expression of image tags'
    for name, each in tree.items():
        yield from _images(each, f"{path}.{name}")


def role_problems(spec: object, *, is_single: bool, has_worker: bool) -> Iterator[str]:
    """What only shows when the role is known."""
    network = "spec.network"
    if is_single and at(spec, "network", "nodeLocalLoadBalancing", "enabled"):
        yield f"{network}.nodeLocalLoadBalancing.enabled: cannot be used in a single-node cluster"
    if not at(spec, "network", "controlPlaneLoadBalancing", "enabled"):
        return
    if is_single:
        yield f"{network}.controlPlaneLoadBalancing.enabled: cannot be used in a single-node cluster"
    servers = items(spec, "network", "controlPlaneLoadBalancing", "keepalived", "virtualServers")
    if servers and has_worker:
        yield f"{network}.controlPlaneLoadBalancing.keepalived.virtualServers: cannot be used on a controller+worker"
