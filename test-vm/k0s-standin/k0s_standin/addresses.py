"""IP addresses, networks and host names, and this machine's own."""

import re
import socket
from typing import NamedTuple

# Interfaces that a CNI or k0s makes: their addresses are not the host's.
SKIPPED = re.compile(r"(lo|vxlan\.calico|kube-bridge|dummyvip0|veth.*|cali.*)")
LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
DNS_NAME = re.compile(rf"({LABEL}\.)*{LABEL}\.?")

SIOCGIFCONF = 0x8912
IFREQ_SIZE = 40


class Interface(NamedTuple):
    """One IPv4 address of an interface."""

    name: str
    address: str


def packed(address: str) -> bytes | None:
    """The 4 or 16 bytes of an IP address; None for what is no address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.inet_pton(family, address)
    except (OSError, ValueError):
        return None


def unpacked(address: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(address) == 4 else socket.AF_INET6, address)


def is_ip(address: str) -> bool:
    return packed(address) is not None


def is_any(address: str) -> bool:
    return address in ("0.0.0.0", "::")


def is_dns_name(name: str) -> bool:
    return 0 < len(name) <= 255 and not is_ip(name) and DNS_NAME.fullmatch(name) is not None


def is_cidr(network: str) -> bool:
    address, slash, length = network.partition("/")
    bits = packed(address)
    return bits is not None and slash == "/" and length.isdecimal() and int(length) <= len(bits) * 8


def first_of(network: str) -> str:
    """The first address of a network: 10.96.0.0/12 has 10.96.0.1."""
    address, _, length = network.partition("/")
    bits = packed(address) or b""
    host_bits = len(bits) * 8 - int(length)
    base = int.from_bytes(bits, "big") >> host_bits << host_bits
    return unpacked((base + 1).to_bytes(len(bits), "big"))


def with_port(host: str, port: int) -> str:
    """host:port, with the brackets of IPv6."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def interfaces() -> list[Interface]:
    """IPv4 addresses in the kernel's order of interfaces."""
    import array
    import fcntl
    import struct

    size = 128 * IFREQ_SIZE
    buffer = array.array("B", bytes(size))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("iP", size, buffer.buffer_info()[0])
        used = struct.unpack("iP", fcntl.ioctl(handle, SIOCGIFCONF, request))[0]
    raw = buffer.tobytes()[:used]
    records = [raw[at : at + IFREQ_SIZE] for at in range(0, used, IFREQ_SIZE)]
    return [Interface(each[:16].split(b"\0")[0].decode(), unpacked(each[20:24])) for each in records]


def own_addresses() -> list[str]:
    """Every address of this machine; link-local IPv6 ones cannot be named without an interface."""
    found = [each.address for each in interfaces()]
    try:
        with open("/proc/net/if_inet6", encoding="ascii") as file:
            found += [unpacked(bytes.fromhex(line.split()[0])) for line in file]
    except OSError:
        pass
    return [each for each in dict.fromkeys(found) if not each.startswith("fe80:")]


def first_public_address() -> str:
    """What k0s takes when no address is configured: silently 127.0.0.1 while there is no network."""
    found = [each.address for each in interfaces() if not SKIPPED.fullmatch(each.name)]
    return next((each for each in found if not each.startswith("127.")), "127.0.0.1")
