"""
Partition tables (GPT, UEFI Specification, section 5.3): read from the bytes of a disk's two ends, and changed so
that systemd-repart finds the room of partitions that are made anew. Pure.
"""

import struct
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass

ESP = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
VAR = "4d21b016-b534-45c2-a9fb-5c16e091fd2d"
LINUX_DATA = "0fc63daf-8483-4772-8e79-3d69d8477de4"
# Of x86_64 and arm64 (Discoverable Partitions Specification).
ROOTS = ("4f68bce3-e8cd-4db1-96e7-fbcaf984b709", "b921b045-1df0-41c3-af44-4c6f280d3fae")
VERITIES = ("2c7357ed-ebd2-46d9-aec1-23d437ec2bf5", "df3300ce-d69f-4c92-978c-9bfb0f38d820")

# Signature, revision, header's size and CRC, own and other place, first and last usable, GUID, entries.
_HEADER = struct.Struct("<8sIIIIQQQQ16sQIII")
_ENTRY = struct.Struct("<16s16sQQQ72s")
_MOST_ENTRIES_BYTES = 1024 * 1024


class TableError(Exception):
    """What is there is no sound table."""


@dataclass(frozen=True)
class Entry:
    """A partition."""

    number: int
    type: str
    uuid: str
    label: str
    start_bytes: int
    size_bytes: int

    @property
    def end_bytes(self) -> int:
        return self.start_bytes + self.size_bytes


@dataclass(frozen=True)
class Table:
    """A table as it was read."""

    sector_bytes: int
    header: bytes
    entries: bytes
    entry_bytes: int
    entries_at: int
    """Sector of the first table's entries."""

    backup_sector: int
    first_usable: int
    last_usable: int

    def partitions(self) -> list[Entry]:
        """In the order of the disk."""
        found = [self._entry(at) for at in range(len(self.entries) // self.entry_bytes)]
        return sorted((entry for entry in found if entry is not None), key=lambda entry: entry.start_bytes)

    def _entry(self, index: int) -> Entry | None:
        at = index * self.entry_bytes
        kind, unique, first, last, _, label = _ENTRY.unpack_from(self.entries, at)
        if kind == bytes(16):
            return None
        return Entry(
            index + 1,
            str(uuid.UUID(bytes_le=kind)),
            str(uuid.UUID(bytes_le=unique)),
            label.decode("utf-16-le", "replace").partition("\0")[0],
            first * self.sector_bytes,
            (last - first + 1) * self.sector_bytes,
        )


Read = Callable[[int, int], bytes]
"""Reads bytes of the disk at an offset."""


def read_table(read: Read, sector_bytes: int, size_bytes: int = 0) -> Table:
    """
    The table of a disk; of one of that size its second one, when a cut of power has damaged the first.
    @raises TableError when it is none, or damaged
    """
    try:
        return _read_at(read, sector_bytes, 1)
    except TableError as error:
        if size_bytes < 3 * sector_bytes:
            raise
        try:
            return _read_at(read, sector_bytes, size_bytes // sector_bytes - 1)
        except TableError:
            raise error from None


def _read_at(read: Read, sector_bytes: int, sector: int) -> Table:
    header = read(sector * sector_bytes, sector_bytes)
    if len(header) < _HEADER.size or not header.startswith(b"EFI PART"):
        raise TableError("has no GPT")
    _, _, size, crc, _, own, other, first, last, _, at, count, each, entries_crc = _HEADER.unpack_from(header)
    if not _HEADER.size <= size <= len(header) or own != sector or _crc_of_header(header[:size]) != crc:
        raise TableError("has a damaged GPT")
    if each < _ENTRY.size or count * each > _MOST_ENTRIES_BYTES:
        raise TableError("has a GPT with entries of an unknown form")
    entries = read(at * sector_bytes, count * each)
    if len(entries) != count * each or zlib.crc32(entries) != entries_crc:
        raise TableError("has a damaged GPT")
    # The first table's entries are right behind its header but for what others have put there.
    backup, entries_at = (other, at) if sector == 1 else (own, 2)
    return Table(sector_bytes, header, entries, each, entries_at, backup, first, last)


def without(table: Table, numbers: set[int]) -> list[tuple[int, bytes]]:
    """The writes, in their order, after which these partitions are no more: the backup comes first."""
    entries = bytearray(table.entries)
    for number in numbers:
        at = (number - 1) * table.entry_bytes
        entries[at : at + table.entry_bytes] = bytes(table.entry_bytes)
    data, sector = bytes(entries), table.sector_bytes
    sectors = -(-len(data) // sector)
    backup = _header(table.header, data, table.backup_sector, 1, table.backup_sector - sectors)
    primary = _header(table.header, data, 1, table.backup_sector, table.entries_at)
    return [
        ((table.backup_sector - sectors) * sector, data),
        (table.backup_sector * sector, backup),
        (table.entries_at * sector, data),
        (sector, primary),
    ]


def _header(header: bytes, entries: bytes, own: int, other: int, entries_at: int) -> bytes:
    fields = list(_HEADER.unpack_from(header))
    fields[3], fields[5], fields[6], fields[10], fields[13] = 0, own, other, entries_at, zlib.crc32(entries)
    size = fields[2]
    changed = _HEADER.pack(*fields) + header[_HEADER.size :]
    crc = zlib.crc32(changed[:size])
    return changed[:16] + struct.pack("<I", crc) + changed[20:]


def _crc_of_header(header: bytes) -> int:
    return zlib.crc32(header[:16] + bytes(4) + header[20:])
