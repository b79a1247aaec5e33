"""Checks the `install` key of the metadata, all of it: what the installer shall do, or every mistake in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kiln.fields import Findings
from kiln.problem import Problem, did_you_mean, near

KEYS = ("disk", "then", "var", "wipe")
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


@dataclass(frozen=True)
class Wish:
    """A valid `install` key."""

    disk: DiskWish
    wipe: bool = False
    """Whether a disk may be taken that has other data than Kiln's."""

    var: str = "keep"
    then: str = "reboot"


def check(install: object) -> tuple[Wish | None, list[Problem]]:
    """The wish, or every mistake in it. Changes nothing."""
    findings = Findings()
    keys = findings.mapping(install, "install")
    there_or_meant = keys.keys() | findings.known(keys, "install", KEYS)
    if isinstance(install, Mapping) and "disk" not in there_or_meant:
        findings.add("install.disk", f"is missing; give {_EXAMPLE}")
    wish = Wish(
        disk=_disk(keys["disk"], findings) if "disk" in keys else DiskWish(),
        wipe=findings.switch(keys["wipe"], "install.wipe") if "wipe" in keys else False,
        var=_choice(keys, "var", ("keep", "wipe"), findings),
        then=_choice(keys, "then", ("reboot", "poweroff"), findings),
    )
    return (None if findings.problems else wish), findings.problems


def mistyped(meta: Mapping[str, object]) -> Problem | None:
    """A key of the metadata that was probably meant to be `install`."""
    if "install" in meta:
        return None
    meant = near("install", [name for name in meta if isinstance(name, str) and name != "instance-id"])
    return Problem(f"meta-data: {meant[0]}", 'is unknown; did you mean "install"?') if meant else None


def _choice(keys: Mapping[str, object], key: str, words: tuple[str, str], findings: Findings) -> str:
    if key not in keys:
        return words[0]
    return findings.choice(keys[key], f"install.{key}", words) or words[0]


def _disk(value: object, findings: Findings) -> DiskWish:
    key = "install.disk"
    if isinstance(value, Mapping):
        return _of_map(findings.mapping(value, key), findings)
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


def _of_map(keys: dict[str, object], findings: Findings) -> DiskWish:
    key = "install.disk"
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
        size=_size(keys["size"], findings) if "size" in keys else (),
    )


def _path(text: str, key: str, findings: Findings) -> str | None:
    if text.startswith("/dev/") and ".." not in text.split("/"):
        return text
    findings.add(key, "has to be a path below /dev, as /dev/disk/by-id/nvme-…")
    return None


def _size(value: object, findings: Findings) -> tuple[Limit, ...]:
    key = "install.disk.size"
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
