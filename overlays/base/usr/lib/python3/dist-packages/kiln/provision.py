"""
Provisioning of the box as it really is: kiln-provision.service runs this once a boot, and again while
something is in the way that may go by itself.
"""

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from kiln.addresses import box_addresses
from kiln.box_state import BoxState
from kiln.guard import Answer
from kiln.k0s_tool import K0s
from kiln.peers import peers_of
from kiln.pem import certificate_of
from kiln.provisioning import Box, provision
from kiln.request_model import Request
from kiln.units import Units


def main(root: Path = Path("/")) -> int:
    """Returns the exit code."""
    k0s = K0s(root / "usr/bin/k0s", root / "run/kiln")
    box = Box(
        root=root,
        name=os.uname().nodename.lower(),
        k0s=k0s,
        units=Units(),
        addresses=_addresses,
        ask_peers=_ask_peers,
        is_member=lambda request, alive: _is_member(k0s, request, alive),
        publish=_publish,
    )
    code = provision(box)
    # Minutes of work, perhaps, for which k0s does not wait.
    BoxState(root).delete_what_was_set_aside()
    return code


def _addresses() -> Collection[str]:
    return {address.partition("/")[0] for address in box_addresses()}


def _ask_peers(request: Request, own: Collection[str]) -> list[Answer]:
    hosts = peers_of(request, own)
    if request.config is None or not hosts:
        return []
    # TLS is loaded only on the boot that needs it.
    from kiln.ask_peers import ask_peers

    ports = (request.config.join_port, request.config.api_port)
    return ask_peers(hosts, ports, request.authority, own)


def _is_member(k0s: K0s, request: Request, alive: Sequence[Answer]) -> bool | None:
    from kiln.ask_peers import is_etcd_member

    config, pki = request.config, request.pki
    if config is None or config.peer_address is None or "etcd/ca.key" not in pki:
        return None
    client = k0s.client_certificate(pki["etcd/ca.crt"], pki["etcd/ca.key"])
    if client is None:
        return None
    # A shared address leads to a controller whose etcd does not listen there: all are asked.
    hosts = tuple(dict.fromkeys(answer.host for answer in alive))
    return is_etcd_member(hosts, certificate_of(pki["etcd/ca.crt"]), client, config.peer_address)


def _publish(data: Mapping[str, object]) -> object:
    from kiln.status import publish

    return publish("provision", data)


if __name__ == "__main__":
    sys.exit(main())
