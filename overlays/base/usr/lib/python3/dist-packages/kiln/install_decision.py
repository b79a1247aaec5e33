"""What the installer does next, decided from what it sees. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kiln.disk_choice import Candidates, choose
from kiln.disk_contents import Contents, root_uuids
from kiln.disks import Disk
from kiln.install_esp import Mark
from kiln.install_seed import Order
from kiln.install_state import Step, step_for
from kiln.problem import Problem

NO_SEED = "waiting for a seed with an `install` key"


@dataclass(frozen=True)
class View:
    """What was seen."""

    order: Order | None
    problems: Sequence[Problem]
    """Why there is no order, beside that nobody has given one."""

    has_seed: bool
    """Whether there is a seed that cannot be followed."""

    found: Candidates
    contents: Mapping[str, Contents]
    """Of the candidates, by their names."""

    marks: Mapping[str, Mark]
    root_hash: str
    root_uuid: str
    slots: Sequence[int]


@dataclass(frozen=True)
class Wait:
    """Nothing is done before something changes."""

    text: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Install:
    """A disk was chosen, and may be written."""

    order: Order
    disk: Disk
    step: Step
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Already:
    """Exactly this was installed before: the installer's medium is still in."""

    order: Order
    disk: Disk
    mark: Mark


def decide(view: View, resolve: Callable[[str], str] = lambda path: path) -> Wait | Install | Already:
    """The next thing to do."""
    order = view.order
    if order is None:
        text = "the seed cannot be followed" if view.has_seed else NO_SEED
        return Wait(text, tuple(view.problems))
    disk, reason = choose(order.wish.disk, view.found, resolve)
    if disk is None:
        return Wait("waiting for one disk to be meant", (Problem("install.disk", reason),))
    mark = view.marks.get(disk.name)
    if mark is not None and mark.is_of(mark_of(order, view.root_hash)):
        return Already(order, disk, mark)
    step, reason = step_for(view.contents[disk.name], order.wish, view.slots)
    if step is None:
        return Wait(f"{disk.name} is not taken", (Problem(f"install.disk: {disk.name}", reason),))
    return Install(order, disk, step, (*order.warnings, *_twins(view, disk)))


def mark_of(order: Order, root_hash: str) -> Mark:
    """The mark of what an order asks for."""
    return Mark(root_hash, order.instance_id, order.examined.seed.digest())


def _twins(view: View, disk: Disk) -> list[Problem]:
    """Other disks with the same system: a machine finds its root by the root hash alone."""
    twins = [
        name
        for name, contents in view.contents.items()
        if name != disk.name and view.root_uuid in root_uuids(contents.table)
    ]
    message = f"has the same image as {disk.name} will have; the machine may start from either: take one of them out"
    return [Problem(name, message) for name in twins]
