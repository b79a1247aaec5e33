"""From a configuration file to the settings that the stand-in works with."""

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple

from k0s_standin.addresses import first_public_address, with_port
from k0s_standin.durations import seconds_of
from k0s_standin.failure import Failure
from k0s_standin.files import read_if_present
from k0s_standin.places import CONFIG

TEN_YEARS, ONE_YEAR = 87600 * 3600.0, 8760 * 3600.0


class Lifetimes(NamedTuple):
    """For how long certificates are valid, in seconds."""

    authority: float
    leaf: float


class Settings(NamedTuple):
    """What of a ClusterConfig the stand-in uses, with k0s's defaults in place."""

    address: str
    external_address: str
    is_bound_to_address: bool
    port: int
    join_port: int
    sans: tuple[str, ...]
    lifetimes: Lifetimes
    etcd_lifetimes: Lifetimes
    storage: str
    data_source: str
    peer_address: str
    etcd_name: str
    external_etcd: tuple[str, ...]
    service_cidr: str
    cluster_domain: str
    virtual_ips: tuple[str, ...]
    profiles: Mapping[str, object]
    document: Mapping[str, object]

    @property
    def has_own_etcd(self) -> bool:
        return self.storage == "etcd" and not self.external_etcd

    @property
    def is_joinable(self) -> bool:
        """Whether other controllers can share the storage."""
        return self.storage == "etcd" or not self.data_source.startswith(("sqlite:", "nats:"))

    @property
    def local_url(self) -> str:
        """The API as this box reaches it."""
        return f"https://{with_port(self.address if self.is_bound_to_address else 'localhost', self.port)}"

    def public_url(self, port: int) -> str:
        """The address that join tokens name."""
        return f"https://{with_port(self.external_address or self.address, port)}"


def read_config(name: str, is_named: bool) -> object:
    """The document of a configuration file.

    A missing default file is an empty document, a missing named one an error.
    """
    from k0s_standin.strict_yaml import load

    if name == "-":
        return load(sys.stdin.buffer.read(), "stdin")
    data = read_if_present(name)
    if data is None and (is_named or name != CONFIG):
        raise Failure(f"failed to load node config: open {name}: no such file or directory")
    return load(data, name) if data else {}


def config_problems(document: object) -> list[str]:
    """Every mistake of a document: unknown fields and wrong types first, rules only for what has the right shape."""
    from k0s_standin.config.rules import at, rule_problems
    from k0s_standin.config.schema import CLUSTER_CONFIG
    from k0s_standin.config.shape import problems

    if not isinstance(document, dict):
        return ["the file holds no mapping of apiVersion, kind and spec"] if document is not None else []
    found = [each.removeprefix(".") for each in problems(CLUSTER_CONFIG, document, "")]
    return found or list(rule_problems(at(document, "spec")))


def load_settings(name: str, is_named: bool, data: str, *, is_single: bool, has_worker: bool) -> Settings:
    """Reads and checks the configuration of a controller; Failure with all its mistakes."""
    from k0s_standin.config.rules import at, role_problems

    document = read_config(name, is_named)
    spec = at(document, "spec")
    found = config_problems(document) or list(
        role_problems(spec, is_single=is_single, has_worker=has_worker)
    )
    if found:
        raise Failure(f"invalid node config: {name}: " + "; ".join(found))
    return settings_of(document if isinstance(document, dict) else {}, data, is_single=is_single)


def settings_of(document: Mapping[str, object], data: str, *, is_single: bool = False) -> Settings:
    """The settings of a document that was found right."""
    from k0s_standin.config.rules import at, items

    spec = document.get("spec")

    def text(fallback: str, *path: str) -> str:
        return str(at(spec, *path) or fallback)

    address = text("", "api", "address") or first_public_address()
    vrrp = items(spec, "network", "controlPlaneLoadBalancing", "keepalived", "vrrpInstances")
    virtual = [str(each).split("/")[0] for instance in vrrp for each in instance.get("virtualIPs") or []]
    has_virtual = at(spec, "network", "controlPlaneLoadBalancing", "enabled")
    return Settings(
        address=address,
        external_address=text("", "api", "externalAddress"),
        is_bound_to_address=bool(at(spec, "api", "onlyBindToAddress")),
        port=int(text("6443", "api", "port")),
        join_port=int(text("9443", "api", "k0sApiPort")),
        sans=tuple(str(each) for each in at(spec, "api", "sans") or []),
        lifetimes=_lifetimes(at(spec, "api", "ca")),
        etcd_lifetimes=_lifetimes(at(spec, "storage", "etcd", "ca")),
        storage=text("kine" if is_single else "etcd", "storage", "type"),
        data_source=text(
            f"sqlite://file:{data}/db/state.db?mode=rwc&_journal=WAL", "storage", "kine", "dataSource"
        ),
        peer_address=text("", "storage", "etcd", "peerAddress") or first_public_address(),
        etcd_name=text(os.uname().nodename, "storage", "etcd", "extraArgs", "name"),
        external_etcd=tuple(
            str(each) for each in at(spec, "storage", "etcd", "externalCluster", "endpoints") or []
        ),
        service_cidr=text("10.96.0.0/12", "network", "serviceCIDR"),
        cluster_domain=text("cluster.local", "network", "clusterDomain"),
        virtual_ips=tuple(virtual) if has_virtual else (),
        profiles={str(each["name"]): each.get("values") or {} for each in items(spec, "workerProfiles")},
        document=document,
    )


def _lifetimes(ca: object) -> Lifetimes:
    from k0s_standin.config.rules import at

    authority, leaf = at(ca, "expiresAfter"), at(ca, "certificatesExpireAfter")
    return Lifetimes(
        seconds_of(authority) if isinstance(authority, str) else TEN_YEARS,
        seconds_of(leaf) if isinstance(leaf, str) else ONE_YEAR,
    )
