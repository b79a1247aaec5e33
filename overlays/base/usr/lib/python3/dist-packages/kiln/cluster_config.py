"""
k0s's ClusterConfig as far as a box can get it wrong. Whether each field exists, and has the right type,
is `k0s config validate`'s to say.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from kiln.fields import Findings, at

API_VERSION = "k0s.k0sproject.io/v1beta1"
KIND = "ClusterConfig"
_TOP = ("apiVersion", "kind", "metadata", "spec")

_WHY_API = "without it k0s takes the first address it finds, and 127.0.0.1 when there is none yet"
_WHY_PEER = f"etcd keeps it for ever, and {_WHY_API}"


@dataclass(frozen=True)
class ClusterConfig:
    """A configuration that was checked, and what Kiln reads in it."""

    document: Mapping[str, object]

    @property
    def api_address(self) -> str | None:
        """Where this box's API server is."""
        return _address(at(self.document, "spec", "api", "address"))

    @property
    def external_address(self) -> str | None:
        """Where all API servers are reached, through a load balancer or a virtual address."""
        return _text(at(self.document, "spec", "api", "externalAddress"))

    @property
    def peer_address(self) -> str | None:
        """Where this box's etcd member is."""
        return _address(at(self.document, "spec", "storage", "etcd", "peerAddress"))

    @property
    def api_port(self) -> int:
        """Port of kube-apiserver."""
        return _port(at(self.document, "spec", "api", "port"), 6443)

    @property
    def join_port(self) -> int:
        """Port of k0s's own API, where controllers join."""
        return _port(at(self.document, "spec", "api", "k0sApiPort"), 9443)

    @property
    def has_managed_etcd(self) -> bool:
        """Whether k0s runs etcd on this box; not so for external etcd and for kine."""
        storage = at(self.document, "spec", "storage")
        return at(storage, "type") in (None, "etcd") and not at(storage, "etcd", "externalCluster")

    @property
    def names_etcd(self) -> bool:
        """Whether etcd was asked for by name."""
        return at(self.document, "spec", "storage", "type") == "etcd"


def single_node_config() -> dict[str, object]:
    """What k0s gets on a single node without a configuration."""
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": "k0s"}, "spec": {}}


def check_config(value: object, key: str, role: str, findings: Findings) -> ClusterConfig | None:
    """The configuration of a box with this role."""
    before = len(findings.problems)
    document = findings.mapping(value, key)
    if len(findings.problems) > before:
        return None
    findings.known(document, key, _TOP)
    for name, wanted in (("apiVersion", API_VERSION), ("kind", KIND)):
        if document.get(name) != wanted:
            findings.add(f"{key}.{name}", f"has to be {wanted}")
    spec = document.get("spec", {})
    if not isinstance(spec, Mapping):
        findings.add(f"{key}.spec", "has to be a map")
        return None
    config = ClusterConfig(document)
    _check_storage(config, f"{key}.spec.storage", role, findings)
    _check_addresses(config, key, role, findings)
    _check_combinations(config, f"{key}.spec", role, findings)
    return config


def _check_storage(config: ClusterConfig, key: str, role: str, findings: Findings) -> None:
    storage = at(config.document, "spec", "storage")
    kind = at(storage, "type")
    if kind not in (None, "etcd", "kine"):
        findings.add(f"{key}.type", "has to be etcd or kine")
    if role != "single" and kind == "kine" and _is_local(at(storage, "kine", "dataSource")):
        findings.add(
            f"{key}.kine.dataSource",
            "has to be a database that all controllers reach: k0s's own SQLite is for a single node",
        )


def _check_addresses(config: ClusterConfig, key: str, role: str, findings: Findings) -> None:
    for port in ("port", "k0sApiPort"):
        value = at(config.document, "spec", "api", port)
        if value is not None and _port(value, 0) == 0:
            findings.add(f"{key}.spec.api.{port}", "has to be a port, 1 to 65535")
    is_single = role == "single"
    _check_address(config, ("spec", "api", "address"), key, None if is_single else _WHY_API, findings)
    if is_single or not config.has_managed_etcd:
        return
    path = ("spec", "storage", "etcd", "peerAddress")
    _check_address(config, path, key, _WHY_PEER, findings)
    shared = [address.partition("/")[0] for address in virtual_addresses(config)]
    if config.peer_address and config.peer_address in (*shared, config.external_address):
        findings.add(
            ".".join((key, *path)), "is the address that controllers share; give the box's own"
        )


def _check_address(
    config: ClusterConfig,
    path: tuple[str, ...],
    key: str,
    required_because: str | None,
    findings: Findings,
) -> None:
    value = at(config.document, *path)
    place = ".".join((key, *path))
    if value is None:
        if required_because:
            findings.add(place, f"is missing: {required_because}")
        return
    address = address_of(value)
    if address is None:
        findings.add(place, "has to be an IP address of this box")
    elif address.is_unspecified or address.is_loopback or address.is_multicast:
        findings.add(place, f"is {address}; it has to be an address of this box that others reach")


def _check_combinations(config: ClusterConfig, key: str, role: str, findings: Findings) -> None:
    network = at(config.document, "spec", "network")
    node_local = at(network, "nodeLocalLoadBalancing", "enabled") is True
    control_plane = at(network, "controlPlaneLoadBalancing", "enabled") is True
    if node_local and config.external_address:
        findings.add(
            f"{key}.network.nodeLocalLoadBalancing",
            "does not go together with spec.api.externalAddress; use one of the two",
        )
    if role == "single" and node_local:
        findings.add(f"{key}.network.nodeLocalLoadBalancing", "is not for a single node; leave it out")
    if role == "single" and control_plane:
        findings.add(f"{key}.network.controlPlaneLoadBalancing", "is not for a single node; leave it out")
    servers = at(network, "controlPlaneLoadBalancing", "keepalived", "virtualServers")
    if role == "controller+worker" and control_plane and servers:
        findings.add(
            f"{key}.network.controlPlaneLoadBalancing.keepalived.virtualServers",
            "does not work on a controller that is a worker too; use role: controller, or leave it out",
        )


def virtual_addresses(config: ClusterConfig) -> list[str]:
    """The addresses that living controllers pass on to each other, as they were written."""
    instances = at(
        config.document, "spec", "network", "controlPlaneLoadBalancing", "keepalived", "vrrpInstances"
    )
    found: list[str] = []
    for instance in instances if isinstance(instances, list) else []:
        addresses = at(instance, "virtualIPs")
        found += [each for each in addresses if isinstance(each, str)] if isinstance(addresses, list) else []
    return found


def address_of(value: object) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a text is."""
    try:
        return ipaddress.ip_address(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _is_local(source: object) -> bool:
    return source is None or (isinstance(source, str) and source.startswith("sqlite"))


def _address(value: object) -> str | None:
    """In its usual form: IPv6 has many."""
    address = address_of(value)
    return str(address) if address else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _port(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536 else default
