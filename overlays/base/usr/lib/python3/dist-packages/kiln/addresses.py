"""The box's own addresses, asked from the kernel: no process is started for them."""

import fnmatch
import socket
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

# Interfaces that the cluster's network makes; the list is that of 10-kiln-cni.network.
_OF_CLUSTER = (
    "cali* cilium* cni* dummyvip* flannel* geneve* ipip* kube-* lxc* nodelocaldns tunl* veth* vxlan* "
    "wireguard.cali wg*.cali"
).split()

_RTM_NEWADDR = 20
_RTM_GETADDR = 22
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_NLM_F_REQUEST_DUMP = 0x301
_IFA_ADDRESS = 1
_IFA_LOCAL = 2
_IFA_F_TENTATIVE = 0x40
_SCOPE_GLOBAL = 0
_LENGTHS = {int(socket.AF_INET): 4, int(socket.AF_INET6): 16}
_HEADER = struct.Struct("=IHHII")
_ADDRESS = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")


class Address(NamedTuple):
    """An address as `ip` shows it, and the index of its interface."""

    index: int
    text: str


def box_addresses() -> list[str]:
    """The box's global addresses with their prefix, "10.0.2.15/24"; IPv4 first, none of the cluster's."""
    found: list[str] = []
    for address in sorted(_ask_kernel(), key=lambda each: (":" in each.text, each.index)):
        try:
            name = socket.if_indextoname(address.index)
        except OSError:
            # It has gone since.
            continue
        if not is_of_cluster(name):
            found.append(address.text)
    return found


def is_of_cluster(interface: str) -> bool:
    """Whether an interface belongs to a CNI, by its name."""
    return any(fnmatch.fnmatchcase(interface, pattern) for pattern in _OF_CLUSTER)


def parse(messages: bytes) -> Iterator[Address]:
    """Global addresses of a netlink answer (rtnetlink(7)). Pure."""
    for kind, body in _messages(messages):
        if kind != _RTM_NEWADDR or len(body) < _ADDRESS.size:
            continue
        family, prefix, flags, scope, index = _ADDRESS.unpack_from(body)
        if family not in _LENGTHS or scope != _SCOPE_GLOBAL or flags & _IFA_F_TENTATIVE:
            continue
        attributes = dict(_attributes(body[_ADDRESS.size :]))
        # On a point-to-point interface IFA_ADDRESS is the other end.
        packed = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS) or b""
        if len(packed) == _LENGTHS[family]:
            yield Address(index, f"{socket.inet_ntop(family, packed)}/{prefix}")


def _ask_kernel() -> Iterable[Address]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.settimeout(5)
        question = _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        length = _HEADER.size + len(question)
        kernel.send(_HEADER.pack(length, _RTM_GETADDR, _NLM_F_REQUEST_DUMP, 1, 0) + question)
        answer = b""
        while True:
            part = kernel.recv(65536)
            answer += part
            if not part or any(kind in (_NLMSG_DONE, _NLMSG_ERROR) for kind, _ in _messages(part)):
                return parse(answer)


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size:
            return
        yield kind, data[at + _HEADER.size : at + length]
        at += (length + 3) & ~3


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < _ATTRIBUTE.size:
            return
        yield kind, data[at + _ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3
