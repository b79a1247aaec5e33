"""What is on a disk. Pure but for `probe`."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiln.disks import Disk
from kiln.gpt import ESP, LINUX_DATA, ROOTS, VAR, VERITIES, Entry, Table, TableError, read_table

EDGE_BYTES = 1024 * 1024
"""Partitions begin behind the first MiB, and end before the last: what tells of them is in there."""

_NOTHING_FOUND = 2


@dataclass(frozen=True)
class Contents:
    """What a disk was seen to carry."""

    kind: str
    """empty, kiln, or other."""

    text: str
    """For people, in words that follow "it has"."""

    table: Table | None = None


def probe(disk: Disk) -> Contents:
    """Looks at a disk."""
    from kiln.media import call

    command = ["blkid", "-p", "-o", "export", disk.path]
    code, output, _ = call(command, 60)
    with open(disk.path, "rb", buffering=0) as file:

        def read(offset: int, size: int) -> bytes:
            return os.pread(file.fileno(), size, offset)

        start = read(0, EDGE_BYTES)
        try:
            table = read_table(read, disk.sector_bytes, disk.size_bytes)
        except TableError:
            table = None
    pairs = dict(line.partition("=")[::2] for line in output.decode("utf-8", "replace").splitlines())
    return contents_of(disk, None if code == _NOTHING_FOUND else pairs, start, table)


def contents_of(
    disk: Disk, found: Mapping[str, str] | None, start: bytes, table: Table | None
) -> Contents:
    """`found` is what blkid says, None when it has found nothing; `start` are the first bytes. Pure."""
    if found is None and table is None:
        if start.count(0) == len(start):
            return Contents("empty", "nothing")
        return Contents("other", "data of a kind that is not known")
    partitions = table.partitions() if table else []
    if table and is_kiln(partitions):
        return Contents("kiln", f"Kiln{_version(partitions)}", table)
    pairs = found or {}
    if disk.parts or pairs.get("PTTYPE"):
        return Contents("other", _table_text(pairs.get("PTTYPE", "unknown"), disk), table)
    kind = pairs.get("TYPE", "data of more than one kind")
    label = f' labelled "{pairs["LABEL"]}"' if pairs.get("LABEL") else ""
    return Contents("other", f"{kind}{label}", table)


def root_uuids(table: Table | None) -> set[str]:
    """The UUIDs of the systems on a disk. Pure."""
    return {entry.uuid for entry in table.partitions() if entry.type in ROOTS} if table else set()


def is_kiln(partitions: Sequence[Entry]) -> bool:
    """An ESP, and besides it nothing but what Kiln makes; an installation that was cut off may lack slots."""
    others = [entry for entry in partitions if not (entry.type == ESP and entry.label == "esp")]
    is_ours = all(is_slot(entry) or is_var(entry) or is_seed(entry) for entry in others)
    return is_ours and len(others) == len(partitions) - 1 and any(is_slot(e) or is_var(e) for e in others)


def is_slot(entry: Entry) -> bool:
    """A place for a system, or for its hash tree."""
    if entry.type in ROOTS:
        return entry.label == "_empty" or entry.label.startswith("root_")
    return entry.type in VERITIES and (entry.label == "_empty" or entry.label.startswith("verity_"))


def is_var(entry: Entry) -> bool:
    """The /var of an installed box."""
    return entry.type == VAR and entry.label == "var"


def is_seed(entry: Entry) -> bool:
    """A volume with a seed."""
    return entry.type == LINUX_DATA and entry.label in ("cidata", "config-2")


def _version(partitions: Sequence[Entry]) -> str:
    versions = sorted({entry.label[5:] for entry in partitions if entry.label.startswith("root_")})
    return f" {' and '.join(versions)}" if versions else ""


def _table_text(kind: str, disk: Disk) -> str:
    name = "GPT" if kind == "gpt" else f"partition table ({kind})"
    if not disk.parts:
        return f"a {name} without partitions"
    kinds = ", ".join(part.filesystem or "unknown" for part in disk.parts)
    return f"a {name} with {len(disk.parts)} partition{'s' if len(disk.parts) > 1 else ''} ({kinds})"
