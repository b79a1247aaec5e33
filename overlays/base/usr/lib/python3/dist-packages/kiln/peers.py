"""Where a cluster of the site would answer, if there is one already. Pure."""

import re
from collections.abc import Collection

from kiln.cluster_config import ClusterConfig, address_of, virtual_addresses
from kiln.fields import at
from kiln.request_model import Request

_PEER_URL = re.compile(r"https?://(\[[^\]]+\]|[^:/,\s]+)")


def peers_of(request: Request, own: Collection[str]) -> tuple[str, ...]:
    """
    Addresses and names of other controllers, in the order in which they are likely to answer, without
    this box's own (`own`, and those in the configuration).
    """
    config = request.config
    if config is None:
        return ()
    candidates = [
        *request.peers,
        *([request.token.host] if request.token else []),
        *([config.external_address] if config.external_address else []),
        *(address.partition("/")[0] for address in virtual_addresses(config)),
        *_sans(config),
        *_initial_cluster(config),
    ]
    mine = {_normal(each) for each in (*own, config.api_address, config.peer_address) if each}
    found: dict[str, None] = {}
    for candidate in candidates:
        host = _normal(candidate)
        if host not in mine and not _is_everywhere(host):
            found[host] = None
    return tuple(found)


def _sans(config: ClusterConfig) -> list[str]:
    sans = at(config.document, "spec", "api", "sans")
    # Certificates may have names with a star; nothing answers there.
    return [each for each in sans if isinstance(each, str) and "*" not in each] if isinstance(sans, list) else []


def _initial_cluster(config: ClusterConfig) -> list[str]:
    """etcd's own list: "c1=https://10.0.0.11:2380,c2=…"."""
    text = at(config.document, "spec", "storage", "etcd", "extraArgs", "initial-cluster")
    return _PEER_URL.findall(text) if isinstance(text, str) else []


def _normal(host: str) -> str:
    bare = host.strip().strip("[]").lower()
    address = address_of(bare)
    return str(address) if address else bare


def _is_everywhere(host: str) -> bool:
    """Whether each box reaches only itself under it."""
    address = address_of(host)
    if address is None:
        return host in ("", "localhost") or host.split(".")[0] == "kubernetes"
    return address.is_loopback or address.is_unspecified or address.is_link_local
