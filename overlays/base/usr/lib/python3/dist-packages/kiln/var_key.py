"""Checks the `var` key of the metadata: on which disk a box keeps /var that starts over the network. Pure."""

from dataclasses import dataclass

from kiln.disk_key import DiskWish, read_order
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
    order = read_order(var, "var", KEYS, findings)
    wish = VarWish(order.disk, order.wipe)
    return (None if findings.problems else wish), findings.problems
