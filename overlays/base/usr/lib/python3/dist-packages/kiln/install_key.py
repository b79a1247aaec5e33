"""Checks the `install` key of the metadata, all of it: what the installer shall do, or every mistake in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from kiln.disk_key import EXAMPLE, DiskWish, read_disk
from kiln.fields import Findings
from kiln.problem import Problem

KEYS = ("disk", "then", "var", "wipe")


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
        findings.add("install.disk", f"is missing; give {EXAMPLE}")
    wish = Wish(
        disk=read_disk(keys["disk"], "install.disk", findings) if "disk" in keys else DiskWish(),
        wipe=findings.switch(keys["wipe"], "install.wipe") if "wipe" in keys else False,
        var=_choice(keys, "var", ("keep", "wipe"), findings),
        then=_choice(keys, "then", ("reboot", "poweroff"), findings),
    )
    return (None if findings.problems else wish), findings.problems


def _choice(keys: Mapping[str, object], key: str, words: tuple[str, str], findings: Findings) -> str:
    if key not in keys:
        return words[0]
    return findings.choice(keys[key], f"install.{key}", words) or words[0]
