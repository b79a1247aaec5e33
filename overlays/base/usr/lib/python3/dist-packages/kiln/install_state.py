"""What follows for the installation from what is on a disk. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from kiln.disk_contents import Contents, is_seed, is_slot, is_var
from kiln.gpt import ESP, Entry
from kiln.install_key import Wish


@dataclass(frozen=True)
class Step:
    """What is done with the disk's partitions."""

    kind: str
    """new: the disk is empty; anew: what is there is erased first; keep: /var stays where it is."""

    removed: frozenset[int] = frozenset()
    """Numbers of the partitions that make room for new ones, with `keep`."""


def step_for(contents: Contents, wish: Wish, slots: Sequence[int]) -> tuple[Step | None, str]:
    """What is done, or why nothing is, in words that follow the disk's name. Pure."""
    if contents.kind == "empty":
        return Step("new"), ""
    if contents.kind == "other":
        if wish.wipe:
            return Step("anew"), ""
        return None, f"has {contents.text}; it is taken only with install.wipe: true"
    partitions = contents.table.partitions() if contents.table else []
    if wish.var == "wipe" or not any(is_var(entry) for entry in partitions):
        return Step("anew"), ""
    return _keep(partitions, slots)


def _keep(partitions: Sequence[Entry], slots: Sequence[int]) -> tuple[Step | None, str]:
    esp, *others, _ = slots
    there = next(entry for entry in partitions if entry.type == ESP)
    if there.size_bytes != esp:
        return None, (
            f"has an ESP of {_mib(there.size_bytes)}, and this image has one of {_mib(esp)}; "
            "/var cannot stay: take install.var: wipe"
        )
    removed = frozenset(entry.number for entry in partitions if is_slot(entry) or is_seed(entry))
    stay = [entry for entry in partitions if entry.number not in removed]
    first = min((entry.start_bytes for entry in stay if entry.start_bytes >= there.end_bytes), default=0)
    if first - there.end_bytes < sum(others):
        return None, (
            f"has room for {_mib(first - there.end_bytes)} of systems before /var, and this image needs "
            f"{_mib(sum(others))}; /var cannot stay: take install.var: wipe"
        )
    return Step("keep", removed), ""


def _mib(size_bytes: int) -> str:
    return f"{size_bytes // (1024 * 1024)} MiB"
