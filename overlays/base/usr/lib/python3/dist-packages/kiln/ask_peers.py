"""Asks peers over TLS, all at once, whether they belong to a cluster. Nothing secret is sent to them."""

import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Sequence
from urllib.parse import urlsplit

from kiln.fields import at
from kiln.guard import OTHER, SITE, UNKNOWN, Answer

TIMEOUT = 3.0
# A peer that is just starting, or a switch that is just learning, gets a second and a third chance.
ROUNDS = 3
PAUSE = 2.0
# Where etcd's members listen for each other.
ETCD_PORT = 2380

_MAX_REPLY = 4 * 1024 * 1024
_NO_CHECK_TIME = 0x200000


def ask_peers(
    hosts: Sequence[str],
    ports: Sequence[int],
    authority: bytes | None,
    own: Collection[str] = (),
    rounds: int = ROUNDS,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Answer]:
    """
    Every answer, in the order of the hosts; it is asked again while none is from the site. `own` are
    addresses of this box, which names may lead to.
    """
    answers: list[Answer] = []
    for round_ in range(rounds if hosts else 0):
        if round_:
            sleep(PAUSE)
        answers = _ask_once([(host, port) for host in hosts for port in ports], authority, own)
        if any(answer.authority == SITE for answer in answers):
            break
    return answers


def is_etcd_member(
    hosts: Sequence[str], authority: bytes, client: str, peer_address: str, port: int = ETCD_PORT
) -> bool | None:
    """
    Whether the etcd of the controllers at `hosts` has a member at `peer_address`; None when none of them
    says. `authority` is etcd's CA, and `client` the PEM of a certificate and key of it. k0s's EtcdMember
    objects would not tell: they outlive `k0s etcd leave`.
    """
    context = _context(authority)
    descriptor = os.memfd_create("client")
    try:
        os.write(descriptor, client.encode())
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        for host in hosts:
            members = _members(host, port, context)
            if members is not None:
                return any(_is_at(member, peer_address) for member in members)
        return None
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _members(host: str, port: int, context: ssl.SSLContext) -> list[object] | None:
    """What etcd itself says to its peers."""
    # Only here, and seldom: it loads much.
    from http.client import HTTPException, HTTPSConnection

    try:
        connection = HTTPSConnection(host, port, timeout=10, context=context)
        connection.request("GET", "/members", headers={"Accept": "application/json"})
        reply = connection.getresponse()
        members = json.loads(reply.read(_MAX_REPLY)) if reply.status == 200 else None
    except (OSError, HTTPException, ValueError):
        return None
    return members if isinstance(members, list) else None


def _is_at(member: object, peer_address: str) -> bool:
    urls = at(member, "peerURLs")
    hosts = [urlsplit(url).hostname for url in urls if isinstance(url, str)] if isinstance(urls, list) else []
    return peer_address in hosts


def _ask_once(
    places: Sequence[tuple[str, int]], authority: bytes | None, own: Collection[str]
) -> list[Answer]:
    found: dict[int, Answer] = {}

    def ask(index: int, host: str, port: int) -> None:
        answer = _ask(host, port, authority, own)
        if answer:
            found[index] = answer

    threads = [
        threading.Thread(target=ask, args=(index, *place), daemon=True) for index, place in enumerate(places)
    ]
    for thread in threads:
        thread.start()
    # A name server that is silent holds its thread for longer than this: nobody waits for it.
    deadline = time.monotonic() + 2 * TIMEOUT
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [found[index] for index in sorted(found.copy())]


def _ask(host: str, port: int, authority: bytes | None, own: Collection[str]) -> Answer | None:
    try:
        addresses = {str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError:
        return None
    for address in sorted(addresses - set(own)):
        try:
            with socket.create_connection((address, port), TIMEOUT) as connection:
                return Answer(host, port, _authority_of(connection, authority))
        except OSError:
            # Nobody is there, or what is there speaks no TLS.
            continue
    return None


def _authority_of(connection: socket.socket, authority: bytes | None) -> str:
    """Who has signed the certificate of the other end."""
    try:
        _context(authority).wrap_socket(connection).close()
    except ssl.SSLCertVerificationError:
        return OTHER
    return UNKNOWN if authority is None else SITE


def _context(authority: bytes | None) -> ssl.SSLContext:
    """
    Any name is good, since many lead to a controller; and any time, since this box's clock may not have
    been set yet, and the other's certificates may have run out: it is the site's cluster all the same.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= _NO_CHECK_TIME
    if authority is None:
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(cadata=authority)
    return context
