"""Checks the `var` key of the metadata: on which disk a box keeps /var that starts over the network. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from kiln.disk_key import EXAMPLE, DiskWish, read_disk
from kiln.fields import Findings
from kiln.problem import Problem

KEYS = ("disk", "wipe")


@dataclass(frozen=True)
class VarWish:
    """A valid `var` key."""

    disk: DiskWish
    wipe: bool = False
    """Whether a disk may be taken that has other data than /var."""


def check(var: object) -> tuple[VarWish | None, list[Problem]]:
    """The wish, or every mistake in it. Changes nothing."""
    findings = Findings()
    keys = findings.mapping(var, "var")
    there_or_meant = keys.keys() | findings.known(keys, "var", KEYS)
    if isinstance(var, Mapping) and "disk" not in there_or_meant:
        findings.add("var.disk", f"is missing; give {EXAMPLE}")
    wish = VarWish(
        disk=read_disk(keys["disk"], "var.disk", findings) if "disk" in keys else DiskWish(),
        wipe=findings.switch(keys["wipe"], "var.wipe") if "wipe" in keys else False,
    )
    return (None if findings.problems else wish), findings.problems
