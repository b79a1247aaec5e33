"""The leaf certificates of a controller and the kubeconfigs that carry some of them: made anew at each start."""

import os
from typing import NamedTuple

from k0s_standin.addresses import first_of, own_addresses
from k0s_standin.config.load import Settings
from k0s_standin.failure import Failure
from k0s_standin.files import read, read_if_present, write_quickly
from k0s_standin.kubeconfig import Access, kubeconfig
from k0s_standin.log import Log
from k0s_standin.pki.authorities import (
    CERTIFICATE_MODE,
    CLUSTER_CA,
    ETCD_CA,
    FRONT_PROXY_CA,
    KEY_MODE,
    Pair,
    load_authority,
)
from k0s_standin.pki.ec import make_key
from k0s_standin.pki.x509 import Authority, Name, issue, read_certificate

APISERVER, SCHEDULER, KONNECTIVITY, ETCD_USER, ADMIN = (
    "kube-apiserver",
    "kube-scheduler",
    "konnectivity-server",
    "etcd",
    "root",
)
USERS = (ETCD_USER, APISERVER, SCHEDULER, KONNECTIVITY)

# Certificates by these issuers, and by one with the name of the cluster's authority, are k0s's own and replaced at
# each start; others were put there by somebody. That leaves out an etcd authority of another name: so does k0s.
OWN_ISSUERS = ("kubernetes-ca", "kubernetes-front-proxy-ca", "etcd-ca")


class Leaf(NamedTuple):
    """One certificate: its file without extension, subject, authority, owner, and who it is for."""

    file: str
    subject: Name
    authority: Pair
    owner: str
    hosts: tuple[str, ...] = ()


class Config(NamedTuple):
    """One kubeconfig: its file, the certificate in it, mode and owner."""

    file: str
    leaf: str
    mode: int
    owner: str


CONFIGS = (
    Config("admin.conf", "admin", 0o600, ADMIN),
    Config("konnectivity.conf", "konnectivity", 0o640, KONNECTIVITY),
    Config("ccm.conf", "ccm", 0o600, APISERVER),
    Config("scheduler.conf", "scheduler", 0o600, SCHEDULER),
)


def issue_leaves(pki: str, settings: Settings, log: Log, *, has_konnectivity: bool, has_etcd: bool) -> None:
    """Writes all leaf certificates and kubeconfigs."""
    owners = owner_ids(log)
    authorities = {pair: load_authority(pki, pair) for pair in (CLUSTER_CA, FRONT_PROXY_CA)}
    if has_etcd:
        authorities[ETCD_CA] = load_authority(pki, ETCD_CA)
    cluster_name = authorities[CLUSTER_CA].certificate.subject.common_name
    for leaf in leaves(settings, has_konnectivity=has_konnectivity, has_etcd=has_etcd):
        lifetimes = settings.etcd_lifetimes if leaf.authority is ETCD_CA else settings.lifetimes
        if _is_own(f"{pki}/{leaf.file}", cluster_name):
            _issue(pki, leaf, authorities[leaf.authority], lifetimes.leaf, owners[leaf.owner])
    for config in CONFIGS:
        path = f"{pki}/{config.file}"
        if config.leaf == "konnectivity" and not has_konnectivity:
            for old in (path, f"{pki}/konnectivity.crt", f"{pki}/konnectivity.key"):
                if os.path.exists(old):
                    os.unlink(old)
            continue
        access = Access(
            settings.local_url,
            authorities[CLUSTER_CA].pem,
            read(f"{pki}/{config.leaf}.crt"),
            read(f"{pki}/{config.leaf}.key"),
        )
        write_quickly(path, kubeconfig("local", "Default", "user", access).encode(), config.mode, owners[config.owner])
    _own_authorities(pki, owners, has_etcd=has_etcd)


def leaves(settings: Settings, *, has_konnectivity: bool, has_etcd: bool) -> tuple[Leaf, ...]:
    """The certificates of a controller."""
    hosts = host_names(settings)
    both = Name("system:kube-controller-manager", ("system:kube-controller-manager",))
    scheduler = Name("system:kube-scheduler", ("system:kube-scheduler",))
    front_proxy = Name("front-proxy-client", ("front-proxy-client",))
    etcd_client = Name("apiserver-etcd-client", ("apiserver-etcd-client",))
    found = [
        Leaf("admin", Name("kubernetes-admin", ("system:masters",)), CLUSTER_CA, ADMIN),
        Leaf("server", Name("kubernetes", ("kubernetes",)), CLUSTER_CA, APISERVER, hosts),
        Leaf("k0s-api", Name("k0s-api", ("kubernetes",)), CLUSTER_CA, APISERVER, hosts),
        Leaf("apiserver-kubelet-client", Name("apiserver-kubelet-client", ("system:masters",)), CLUSTER_CA, APISERVER),
        Leaf("front-proxy-client", front_proxy, FRONT_PROXY_CA, APISERVER),
        Leaf("ccm", both, CLUSTER_CA, APISERVER),
        Leaf("scheduler", scheduler, CLUSTER_CA, SCHEDULER),
    ]
    if has_konnectivity:
        subject = Name("kubernetes-konnectivity", ("system:masters",))
        found.append(Leaf("konnectivity", subject, CLUSTER_CA, KONNECTIVITY))
    if has_etcd:
        peer = settings.peer_address
        found += [
            Leaf("apiserver-etcd-client", etcd_client, ETCD_CA, APISERVER),
            Leaf("etcd/server", Name("etcd-server", ("etcd-server",)), ETCD_CA, ETCD_USER, ("127.0.0.1", "localhost")),
            Leaf("etcd/peer", Name(peer, ("etcd-peer",)), ETCD_CA, ETCD_USER, (peer,)),
        ]
    return tuple(found)


def host_names(settings: Settings) -> tuple[str, ...]:
    """Every name that a server certificate is for."""
    domain = settings.cluster_domain
    names = [
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        f"kubernetes.default.svc.{domain}",
        f"kubernetes.svc.{domain}",
        "localhost",
        "127.0.0.1",
        settings.external_address,
        settings.address,
        *settings.sans,
        *own_addresses(),
        *settings.virtual_ips,
        first_of(settings.service_cidr),
    ]
    return tuple(dict.fromkeys(name for name in names if name))


def owner_ids(log: Log) -> dict[str, int]:
    """User ids of the components; root for those that the system does not know, with a warning."""
    import pwd

    ids = {ADMIN: 0}
    for name in USERS:
        try:
            ids[name] = pwd.getpwnam(name).pw_uid
        except KeyError:
            log.warn(f"User lookup failed for {name}, its component runs as root: user: unknown user {name}")
            ids[name] = 0
    return ids


def _issue(pki: str, leaf: Leaf, authority: Authority, lifetime: float, owner: int) -> None:
    path = f"{pki}/{leaf.file}"
    key = make_key()
    certificate = issue(authority, leaf.subject, key.public(), lifetime, leaf.hosts)
    write_quickly(f"{path}.key", key.pem(), KEY_MODE, owner)
    write_quickly(f"{path}.crt", certificate, CERTIFICATE_MODE, owner)


def _is_own(path: str, cluster_name: str) -> bool:
    """Whether a certificate is absent, unreadable or issued by one of k0s's authorities."""
    present, key = read_if_present(f"{path}.crt"), read_if_present(f"{path}.key")
    if not present or not key:
        return True
    try:
        issuer = read_certificate(present, path).issuer.common_name
    except Failure:
        return True
    return issuer in (*OWN_ISSUERS, cluster_name)


def _own_authorities(pki: str, owners: dict[str, int], *, has_etcd: bool) -> None:
    """Gives kube-apiserver's user the keys that it reads, and etcd's user its directory."""
    if os.geteuid() != 0:
        return
    for name in ("ca.key", "sa.key"):
        os.chown(f"{pki}/{name}", owners[APISERVER], 0)
    if has_etcd:
        os.chown(f"{pki}/etcd", owners[ETCD_USER], 0)
        for name in os.listdir(f"{pki}/etcd"):
            os.chown(f"{pki}/etcd/{name}", owners[ETCD_USER], 0)
