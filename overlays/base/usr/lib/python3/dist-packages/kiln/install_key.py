"""Checks the `install` key of the metadata, all of it: what the installer shall do, or every mistake in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from kiln.disk_key import DiskWish, read_order
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
    order = read_order(install, "install", KEYS, findings)
    wish = Wish(
        disk=order.disk,
        wipe=order.wipe,
        var=_choice(order.keys, "var", ("keep", "wipe"), findings),
        then=_choice(order.keys, "then", ("reboot", "poweroff"), findings),
    )
    return (None if findings.problems else wish), findings.problems


def _choice(keys: Mapping[str, object], key: str, words: tuple[str, str], findings: Findings) -> str:
    if key not in keys:
        return words[0]
    return findings.choice(keys[key], f"install.{key}", words) or words[0]
