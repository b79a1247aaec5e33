"""What the installer says: on the consoles, in status.json, and in the journal."""

import sys
from collections.abc import Callable, Mapping, Sequence

from kiln.install_choice import Candidates, size_text
from kiln.install_disks import Disk
from kiln.problem import Problem
from kiln.summary import printable
from kiln.system import tell

SECTION = "install"
WAITING = "waiting"
INSTALLING = "installing"
INSTALLED = "installed"

_COLUMNS = ("disk", "size", "bus", "model", "serial", "has")


def say(*lines: str) -> None:
    """On every console, and in the journal."""
    tell("\r\n".join(f"kiln: {line}" if index == 0 else f"  {line}" for index, line in enumerate(lines)))


def publish(
    state: str,
    text: str,
    problems: Sequence[Problem] = (),
    disks: Sequence[Mapping[str, object]] = (),
    warnings: Sequence[Problem] = (),
    instance_id: str | None = None,
) -> None:
    """Puts it where kiln-status and the banner look."""
    from kiln import status

    told = [{"key": each.key, "message": each.message} for each in problems]
    told += [{"key": each.key, "message": each.message, "severity": status.WARNING} for each in warnings]
    data = {"state": state, "text": text, "instance-id": instance_id, "disks": list(disks), "problems": told}
    status.publish(SECTION, data)
    for problem in problems:
        print(f"<3>{problem}", file=sys.stderr)
    for problem in warnings:
        print(f"<4>{problem}", file=sys.stderr)


def disk_facts(found: Candidates, contents: Mapping[str, str]) -> list[dict[str, object]]:
    """The disks for scripts. Pure."""
    refused = {disk.name: reason for disk, reason in found.refused}
    return [
        {
            "path": disk.path,
            "stable-path": disk.stable_path,
            "size": disk.size_bytes,
            "sector-size": disk.sector_bytes,
            "bus": disk.bus,
            "model": disk.model,
            "serial": disk.serial,
            "removable": disk.is_removable,
            "has": contents.get(disk.name),
            "refused": refused.get(disk.name),
        }
        for disk in _all(found)
    ]


def disk_table(found: Candidates, contents: Mapping[str, str]) -> list[str]:
    """The disks for people, with a line for the `install` key for each that may be chosen. Pure."""
    disks = _all(found)
    if not disks:
        return ["no disk is there; it is looked for again when one comes"]
    refused = {disk.name: reason for disk, reason in found.refused}
    rows = [_COLUMNS] + [
        (
            disk.name,
            size_text(disk.size_bytes),
            disk.bus,
            printable(disk.model) or "-",
            printable(disk.serial) or "-",
            printable(refused.get(disk.name) or contents.get(disk.name) or "?"),
        )
        for disk in disks
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return lines


def key_lines(found: Candidates) -> list[str]:
    """What could be written into the seed's meta-data. Pure."""
    if not found.disks:
        return []
    lines = [f"install: {{ disk: {disk.stable_path} }}" for disk in found.disks]
    return ["to install onto one of them, put a line like these into the seed's meta-data:", *lines]


def _all(found: Candidates) -> list[Disk]:
    return sorted([*found.disks, *(disk for disk, _ in found.refused)], key=lambda disk: (len(disk.name), disk.name))


class Progress:
    """Says how far a long work is, not more often than people read."""

    def __init__(self, what: str, total_bytes: int, clock: Callable[[], float]) -> None:
        self._what, self._total, self._clock = what, total_bytes, clock
        self._start = self._told = clock()

    def at(self, done_bytes: int) -> None:
        """Takes what is done by now."""
        now = self._clock()
        if now - self._told < 5:
            return
        self._told = now
        speed = done_bytes / max(now - self._start, 0.001)
        percent = min(100, 100 * done_bytes // max(self._total, 1))
        done, whole = size_text(done_bytes), size_text(self._total)
        say(f"{self._what}: {done} of {whole}, {percent} %, {size_text(int(speed))}/s")

    def end(self) -> None:
        """Says how fast it was."""
        seconds = max(self._clock() - self._start, 0.001)
        say(f"{self._what}: {size_text(self._total)} in {seconds:.0f} s, {size_text(int(self._total / seconds))}/s")
