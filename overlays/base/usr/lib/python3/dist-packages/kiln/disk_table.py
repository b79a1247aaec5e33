"""The disks of the machine, for people and for scripts. Pure."""

from collections.abc import Mapping

from kiln.disk_choice import Candidates, size_text
from kiln.disks import Disk
from kiln.summary import printable

_COLUMNS = ("disk", "size", "bus", "model", "serial", "has")


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


def _all(found: Candidates) -> list[Disk]:
    return sorted([*found.disks, *(disk for disk, _ in found.refused)], key=lambda disk: (len(disk.name), disk.name))
