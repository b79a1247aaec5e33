"""Which disk is meant. Never a guess: exactly one is left, or the reason why not. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kiln.disk_key import DiskWish
from kiln.disks import Disk


@dataclass(frozen=True)
class Candidates:
    """What may be chosen from, and why the others may not."""

    disks: tuple[Disk, ...]
    refused: tuple[tuple[Disk, str], ...] = ()


@dataclass(frozen=True)
class Excluded:
    """Disks that somebody lives from."""

    media: frozenset[str] = frozenset()
    """Names of disks that carry the installer."""

    seeds: frozenset[str] = frozenset()
    """Names of disks that carry the seed."""


def candidates(disks: Sequence[Disk], excluded: Excluded, needed_bytes: int) -> Candidates:
    """Sorts out what is never a target."""
    reasons = [(disk, _refusal(disk, excluded, needed_bytes)) for disk in disks]
    return Candidates(
        tuple(disk for disk, reason in reasons if reason is None),
        tuple((disk, reason) for disk, reason in reasons if reason is not None),
    )


def _refusal(disk: Disk, excluded: Excluded, needed_bytes: int) -> str | None:
    if disk.name in excluded.media:
        return "has the installer on it"
    if disk.name in excluded.seeds:
        return "has the seed on it"
    if disk.uses:
        return f"is in use: {', '.join(disk.uses)}"
    if disk.is_read_only:
        return "is read-only"
    if disk.size_bytes < needed_bytes:
        return f"is too small: it needs {size_text(needed_bytes)}"
    return None


def choose(
    wish: DiskWish, found: Candidates, resolve: Callable[[str], str] = lambda path: path
) -> tuple[Disk | None, str]:
    """
    The disk that is meant, or why there is none, in words that follow the key and a colon. `resolve` follows the
    links of a path.
    """
    left = [disk for disk in found.disks if _fits(disk, wish, resolve)]
    if wish.word in ("smallest", "largest") and left:
        return _extreme(wish.word, left)
    if len(left) == 1:
        return left[0], ""
    if len(left) > 1:
        return None, f"{_said(wish)} is said of {len(left)} disks ({_names(left)}); say more, so that one is left"
    refused = [(disk, why) for disk, why in found.refused if wish.word is None and _fits(disk, wish, resolve)]
    if refused:
        return None, "; ".join(f"{disk.name} is meant, and {why}" for disk, why in refused)
    return None, f"{_said(wish)}: there is no such disk"


def _extreme(word: str, left: list[Disk]) -> tuple[Disk | None, str]:
    size = (min if word == "smallest" else max)(disk.size_bytes for disk in left)
    same = [disk for disk in left if disk.size_bytes == size]
    if len(same) == 1:
        return same[0], ""
    return None, f"{word}: {len(same)} disks have {size_text(size)} ({_names(same)}); name one of them"


def _fits(disk: Disk, wish: DiskWish, resolve: Callable[[str], str]) -> bool:
    return (
        (wish.path is None or wish.path in (disk.path, *disk.links) or resolve(wish.path) == disk.path)
        and (wish.serial is None or wish.serial == disk.serial)
        and (wish.model is None or _plain(wish.model) == _plain(disk.model))
        and (wish.bus is None or wish.bus == disk.bus)
        and all(limit.holds(disk.size_bytes) for limit in wish.size)
    )


def _plain(model: str) -> str:
    return " ".join(model.replace("_", " ").split())


def _said(wish: DiskWish) -> str:
    size = " ".join(f"{limit.sign}{size_text(limit.size_bytes)}" for limit in wish.size)
    said = {"path": wish.path, "serial": wish.serial, "model": wish.model, "size": size, "bus": wish.bus}
    words = [f"{key} {value}" for key, value in said.items() if value]
    return ", ".join(words) or str(wish.word)


def _names(disks: Sequence[Disk]) -> str:
    return ", ".join(disk.name for disk in disks)


def size_text(size_bytes: int) -> str:
    """As on the label of a disk, in powers of ten."""
    for unit, power in (("TB", 12), ("GB", 9), ("MB", 6)):
        if size_bytes >= 10**power:
            value = size_bytes / 10**power
            return f"{value:.1f}".removesuffix(".0") + f" {unit}" if value < 100 else f"{value:.0f} {unit}"
    return f"{size_bytes} bytes"
