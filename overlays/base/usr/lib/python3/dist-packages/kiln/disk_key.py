"""Checks what a seed says of a disk: for the installer, and for /var. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kiln.fields import Findings
from kiln.problem import Problem, did_you_mean, near

DISK_KEYS = ("bus", "model", "path", "serial", "size")
BUSES = ("ata", "mmc", "nvme", "scsi", "usb", "virtio")
WORDS = ("largest", "only", "smallest")
_EXAMPLE = "a path as /dev/disk/by-id/…, smallest, largest, only, or a map of path, serial, model, size, bus"

_LIMIT = re.compile(r"^(<=|>=|<|>)(\d{1,12}(?:\.\d{1,6})?)(?:([KMGTP])(i?))?B?$")


@dataclass(frozen=True)
class Limit:
    """One side of a size: at least, more than, at most, less than."""

    sign: str
    size_bytes: int

    def holds(self, size_bytes: int) -> bool:
        """Whether a disk of this size is meant."""
        if self.sign == ">=":
            return size_bytes >= self.size_bytes
        if self.sign == "<=":
            return size_bytes <= self.size_bytes
        return size_bytes > self.size_bytes if self.sign == ">" else size_bytes < self.size_bytes


@dataclass(frozen=True)
class DiskWish:
    """Which disk is meant: all that is set must hold, and exactly one disk must be left."""

    word: str | None = None
    """smallest, largest or only: among those for which the rest holds."""

    path: str | None = None
    serial: str | None = None
    model: str | None = None
    bus: str | None = None
    size: tuple[Limit, ...] = ()


def mistyped(meta: Mapping[str, object], key: str) -> Problem | None:
    """A key of the metadata that was probably meant to be this one."""
    if key in meta:
        return None
    meant = near(key, [name for name in meta if isinstance(name, str) and name != "instance-id"])
    return Problem(f"meta-data: {meant[0]}", f'is unknown; did you mean "{key}"?') if meant else None


@dataclass(frozen=True)
class Order:
    """What every key says that names a disk to be taken."""

    keys: dict[str, object]
    """All that is there, for what a key has besides."""

    disk: DiskWish
    wipe: bool


def read_order(value: object, key: str, known: tuple[str, ...], findings: Findings) -> Order:
    """What is written at `key`, of which `known` keys there are; what is wrong with it is among the findings."""
    keys = findings.mapping(value, key)
    there_or_meant = keys.keys() | findings.known(keys, key, known)
    if isinstance(value, Mapping) and "disk" not in there_or_meant:
        findings.add(f"{key}.disk", f"is missing; give {_EXAMPLE}")
    return Order(
        keys=keys,
        disk=_disk(keys["disk"], f"{key}.disk", findings) if "disk" in keys else DiskWish(),
        wipe=findings.switch(keys["wipe"], f"{key}.wipe") if "wipe" in keys else False,
    )


def _disk(value: object, key: str, findings: Findings) -> DiskWish:
    if isinstance(value, Mapping):
        return _of_map(findings.mapping(value, key), key, findings)
    word = findings.text(value, key)
    if word is None:
        return DiskWish()
    if word in WORDS:
        return DiskWish(word=word)
    if word.startswith("/"):
        return DiskWish(path=_path(word, key, findings))
    hint = did_you_mean(word, WORDS) if near(word, WORDS) else f"; give {_EXAMPLE}"
    findings.add(key, f'is "{word}"{hint}')
    return DiskWish()


def _of_map(keys: dict[str, object], key: str, findings: Findings) -> DiskWish:
    meant = findings.known(keys, key, DISK_KEYS)
    if not keys.keys() & set(DISK_KEYS) and not meant:
        findings.add(key, f"says nothing of a disk; give one or several of {', '.join(DISK_KEYS)}")

    def text(name: str) -> str | None:
        return findings.text(keys[name], f"{key}.{name}") if name in keys else None

    path = text("path")
    return DiskWish(
        path=_path(path, f"{key}.path", findings) if path is not None else None,
        serial=text("serial"),
        model=text("model"),
        bus=findings.choice(keys["bus"], f"{key}.bus", BUSES) if "bus" in keys else None,
        size=_size(keys["size"], f"{key}.size", findings) if "size" in keys else (),
    )


def _path(text: str, key: str, findings: Findings) -> str | None:
    if text.startswith("/dev/") and ".." not in text.split("/"):
        return text
    findings.add(key, "has to be a path below /dev, as /dev/disk/by-id/nvme-…")
    return None


def _size(value: object, key: str, findings: Findings) -> tuple[Limit, ...]:
    text = findings.text(value, key)
    limits: list[Limit] = []
    for part in re.sub(r"([<>]=?)\s+", r"\1", text).split() if text else ():
        match = _LIMIT.match(part)
        if match is None:
            findings.add(key, 'has to be one limit or two, as ">=200G" or ">100G <2T" (G is 10^9 bytes, Gi is 2^30)')
            return ()
        sign, number, unit, binary = match.groups()
        factor = (1024 if binary else 1000) ** " KMGTP".index(unit or " ")
        limits.append(Limit(sign, int(float(number) * factor)))
    return tuple(limits)
