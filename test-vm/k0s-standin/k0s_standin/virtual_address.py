"""The address that controllers share, of control-plane load balancing.

There is no VRRP: of the controllers that hear each other, the first by name has the address.
"""

import os
import socket
import struct
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from k0s_standin.addresses import packed
from k0s_standin.config.rules import at, items
from k0s_standin.log import Log

PERIOD = 2.0
# Others may have missed that the address has moved.
ANNOUNCE_EVERY = 10

ROUTES = "/proc/net/route"
CARDS = "/sys/class/net"
ETHERTYPE_ARP = 0x0806
IS_UP = 1


class VirtualAddress(NamedTuple):
    """An address with its prefix, and the interface that is named for it: by name, by MAC, or not at all."""

    address: str
    interface: str


def virtual_addresses(document: Mapping[str, object]) -> list[VirtualAddress]:
    """The addresses of a ClusterConfig; none unless load balancing is on."""
    balancing = at(document, "spec", "network", "controlPlaneLoadBalancing")
    if not at(balancing, "enabled"):
        return []
    return [
        VirtualAddress(str(address), str(instance.get("interface") or ""))
        for instance in items(balancing, "keepalived", "vrrpInstances")
        for address in instance.get("virtualIPs") or []
    ]


def choose_interface(wanted: str, cards: Mapping[str, str], routes: str) -> str:
    """The interface by its name or MAC, without either that of the default route; nothing when there is none."""
    if not wanted:
        return default_interface(routes)
    if wanted in cards:
        return wanted
    return next((name for name, mac in cards.items() if mac.lower() == wanted.lower()), "")


def default_interface(routes: str) -> str:
    """The interface of the default route with the lowest metric, in the text of /proc/net/route."""
    rows = [line.split() for line in routes.splitlines()[1:]]
    defaults = [row for row in rows if len(row) > 7 and row[1] == "00000000" and int(row[3], 16) & IS_UP]
    return min(defaults, key=lambda row: int(row[6]), default=[""])[0]


def gratuitous_arp(mac: bytes, address: bytes) -> bytes:
    """A request that nobody has to answer: it tells all who has the address now (RFC 5227, section 3)."""
    everybody, nobody = b"\xff" * 6, bytes(6)
    head = everybody + mac + struct.pack("!H", ETHERTYPE_ARP)
    return head + struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + address + nobody + address


class Sharer:
    """Takes the addresses while this controller is the one to have them, and lets go of them otherwise."""

    def __init__(self, wanted: Sequence[VirtualAddress], leads: Callable[[], bool], log: Log) -> None:
        self._wanted = wanted
        self._leads = leads
        self._log = log
        self._held: dict[str, str] = {}
        self._told: dict[str, str] = {}
        self._rounds = 0

    def step(self) -> None:
        """To be called every `PERIOD` seconds."""
        self._rounds += 1
        if not self._leads():
            self.release()
            return
        for each in self._wanted:
            interface = self._held.get(each.address) or self._take(each)
            if interface and (self._rounds % ANNOUNCE_EVERY == 0):
                _announce(interface, each.address)

    def release(self) -> None:
        for address, interface in self._held.items():
            _ip("address", "del", address, "dev", interface)
            self._log.info(f"virtual address {address} is let go of")
        self._held.clear()

    def _take(self, each: VirtualAddress) -> str:
        interface = choose_interface(each.interface, _cards(), _routes())
        if not interface:
            place = f"interface {each.interface}" if each.interface else "default route, and no interface is named"
            self._tell(each.address, f"cannot be had: there is no {place}")
            return ""
        problem = _ip("address", "replace", each.address, "dev", interface)
        if problem:
            self._tell(each.address, f"cannot be had on {interface}: {problem}")
            return ""
        self._held[each.address] = interface
        self._told.pop(each.address, None)
        self._log.info(f"virtual address {each.address} is on {interface} now; this is no VRRP")
        _announce(interface, each.address)
        return interface

    def _tell(self, address: str, problem: str) -> None:
        if self._told.get(address) != problem:
            self._told[address] = problem
            self._log.error(f"virtual address {address} {problem}")


def _announce(interface: str, address: str) -> None:
    """IPv4 alone: the kernel's own announcements have to do for IPv6."""
    raw = packed(address.partition("/")[0])
    if raw is None or len(raw) != 4:
        return
    mac = bytes.fromhex(_cards().get(interface, "00:00:00:00:00:00").replace(":", ""))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as card:
        card.bind((interface, 0))
        card.send(gratuitous_arp(mac, raw))


def _ip(*arguments: str) -> str:
    """What went wrong, or nothing."""
    try:
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else done.stderr.strip()


def _cards() -> dict[str, str]:
    found = {}
    for name in sorted(os.listdir(CARDS)):
        try:
            with open(f"{CARDS}/{name}/address", encoding="ascii") as file:
                found[name] = file.read().strip()
        except OSError:
            continue
    return found


def _routes() -> str:
    with open(ROUTES, encoding="ascii") as file:
        return file.read()
