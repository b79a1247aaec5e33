"""When certificates begin and end. Only these two times are read: nothing is verified here."""

import binascii
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

DAY = 86400
PKI = Path("/var/lib/k0s/pki")
KUBELET = Path("/var/lib/k0s/kubelet/pki/kubelet-client-current.pem")
CLUSTER_CA = Path("/run/k0s/kubelet/ca.crt")

_LIMIT = 256 * 1024
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.S)
_SEQUENCE, _VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18


class Certificate(NamedTuple):
    """The validity of a certificate, in seconds of the epoch, and its path below where it was looked for."""

    name: str
    begins: float
    ends: float

    @property
    def lifetime(self) -> float:
        """For how long it is valid in all."""
        return self.ends - self.begins

    @property
    def is_ca(self) -> bool:
        """By its name: k0s has fixed ones."""
        return self.name.rpartition("/")[2] in ("ca.crt", "front-proxy-ca.crt")


class NotACertificate(Exception):
    """What was read is no X.509 certificate in PEM."""


def of_box(pki: Path = PKI, others: tuple[Path, ...] = (KUBELET, CLUSTER_CA)) -> list[Certificate]:
    """Those that k0s has on this box. What cannot be read is left out: k0s says so itself, and better."""
    found: list[Certificate] = []
    for path in [*sorted(pki.glob("*.crt")), *sorted(pki.glob("etcd/*.crt")), *others]:
        try:
            with path.open("rb") as file:
                name = str(path.relative_to(pki)) if path.is_relative_to(pki) else path.name
                found.append(parse(name, file.read(_LIMIT)))
        except (OSError, NotACertificate):
            continue
    return found


def parse(name: str, pem: bytes) -> Certificate:
    """The first certificate of a PEM file. Pure."""
    block = _PEM.search(pem)
    if block is None:
        raise NotACertificate(f"{name} has no certificate")
    try:
        begins, ends = _validity(binascii.a2b_base64(block.group(1)))
        return Certificate(name, begins, ends)
    except (ValueError, IndexError, StopIteration):
        raise NotACertificate(f"{name} is no X.509 certificate") from None


def _validity(der: bytes) -> tuple[float, float]:
    """RFC 5280, 4.1: Certificate { tbsCertificate { [version], serial, algorithm, issuer, validity …"""
    fields = _elements(_one(_one(der, _SEQUENCE), _SEQUENCE))
    tag, value = next(fields)
    # Without an explicit version the first one is the serial number.
    for _ in range(4 if tag == _VERSION else 3):
        tag, value = next(fields)
    if tag != _SEQUENCE:
        raise ValueError("validity expected")
    begins, ends = _elements(value)
    return _time(*begins), _time(*ends)


def _one(data: bytes, expected: int) -> bytes:
    tag, value = next(_elements(data))
    if tag != expected:
        raise ValueError(f"tag {expected:#x} expected")
    return value


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(data[at : at + size]), at + size
        if at + length > len(data):
            raise ValueError("cut off")
        yield tag, data[at : at + length]
        at += length


def _time(tag: int, value: bytes) -> float:
    text = value.decode("ascii")
    if tag == _UTC_TIME:
        # RFC 5280, 4.1.2.5.1
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError("time expected")
    moment = datetime.strptime(text, "%Y%m%d%H%M%SZ")
    return moment.replace(tzinfo=timezone.utc).timestamp()
