"""What becomes of /var in a start over the network, decided from what is seen. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from kiln.disk_choice import Candidates, choose
from kiln.disk_contents import Contents
from kiln.disks import Disk
from kiln.problem import Problem
from kiln.var_key import VarWish

LABEL = "kiln-var"
"""The name of the partition, for the initrd (overlays/base/usr/lib/kiln/find-var) as well."""


@dataclass(frozen=True)
class Place:
    """A partition with that name."""

    disk: str
    number: int
    device: str
    """Its path."""


@dataclass(frozen=True)
class View:
    """What was seen."""

    wish: VarWish
    found: Candidates
    places: tuple[Place, ...] = ()
    mounted: str | None = None
    """The device that is /var; None when that is memory."""

    trouble: str = ""
    """Why the initrd has taken no place; begins with the device that it is about, if that is one."""


@dataclass(frozen=True)
class Keep:
    """/var is where it shall be."""

    device: str


@dataclass(frozen=True)
class Use:
    """The next start finds /var there."""

    place: Place


@dataclass(frozen=True)
class Make:
    """A disk gets a partition for /var."""

    disk: Disk
    erases: bool = False


@dataclass(frozen=True)
class Refuse:
    """Nothing is done, and k0s does not start."""

    problem: Problem


def decide(
    view: View, look_at: Callable[[Disk], Contents], resolve: Callable[[str], str] = lambda path: path
) -> Keep | Use | Make | Refuse:
    """The next thing to do. `look_at` tells what is on a disk."""
    if len(view.places) > 1:
        names = " and ".join(place.device for place in view.places)
        return _refuse("var", f"{names} are both called {LABEL}, and none of them is guessed; erase all but one")
    disk, reason = choose(view.wish.disk, view.found, resolve)
    if disk is None:
        return _refuse("var.disk", reason)
    [place] = view.places or (None,)
    if place is not None and place.disk != disk.name:
        what = "is /var" if view.mounted else f"is called {LABEL}"
        return _refuse("var.disk", f"{disk.name} is meant, and {place.device} {what}; erase that one, or name its disk")
    if view.mounted is not None:
        return Keep(view.mounted)
    if place is not None:
        # That there were several is over when one is left.
        return _refuse("var", view.trouble) if view.trouble.startswith(f"{place.device} ") else Use(place)
    contents = look_at(disk)
    if contents.kind == "empty":
        return Make(disk)
    if view.wish.wipe:
        return Make(disk, erases=True)
    return _refuse(f"var.disk: {disk.name}", f"has {contents.text}; it is taken only with var.wipe: true")


def _refuse(key: str, message: str) -> Refuse:
    return Refuse(Problem(key, message))
