"""Disks for tests of the installer: a sysfs that is made of files, and partition tables that are bytes."""

import struct
import uuid
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from kiln.disk_contents import Contents
from kiln.disks import Disk
from kiln.gpt import ESP, LINUX_DATA, ROOTS, VAR, VERITIES, Table, read_table

GB = 10**9
MIB = 1024 * 1024
SLOTS = (512 * MIB, 32 * MIB, 2048 * MIB, 32 * MIB, 2048 * MIB, 512 * MIB)
HASH = "00112233445566778899aabbccddeeff" "ffeeddccbbaa99887766554433221100"
ROOT_UUID = "00112233-4455-6677-8899-aabbccddeeff"

# Label, type, MiB.
Wanted = tuple[str, str, int]
KILN: Sequence[Wanted] = (
    ("esp", ESP, 512),
    ("verity_0.1.0", VERITIES[0], 32),
    ("root_0.1.0", ROOTS[0], 2048),
    ("_empty", VERITIES[0], 32),
    ("_empty", ROOTS[0], 2048),
    ("var", VAR, 1024),
)
SEED_PART: Wanted = ("cidata", LINUX_DATA, 1)


def disk(name: str, size_bytes: int = 500 * GB, **facts: object) -> Disk:
    """A disk with everything that matters by default."""
    return Disk(name, size_bytes, **facts)  # type: ignore[arg-type]


def table_bytes(wanted: Sequence[Wanted], sector: int = 512, disk_mib: int = 8192) -> bytes:
    """The first MiB of a disk with these partitions one behind the other."""
    entries = bytearray(128 * 128)
    at = MIB // sector
    for index, (label, kind, mebibytes) in enumerate(wanted):
        sectors = mebibytes * MIB // sector
        unique = uuid.uuid5(uuid.NAMESPACE_URL, f"{index}")
        struct.pack_into("<16s16sQQQ72s", entries, index * 128, uuid.UUID(kind).bytes_le, unique.bytes_le,
                         at, at + sectors - 1, 0, label.encode("utf-16-le"))
        at += sectors
    last = disk_mib * MIB // sector - 1
    tail = -(-len(entries) // sector)
    fields = [b"EFI PART", 0x10000, 92, 0, 0, 1, last, 2 + tail, last - tail - 1, bytes(16), 2, 128, 128]
    header = struct.pack("<8sIIIIQQQQ16sQIII", *fields, zlib.crc32(entries))
    header = header[:16] + struct.pack("<I", zlib.crc32(header)) + header[20:]
    start = bytearray(MIB)
    start[sector : sector + len(header)] = header
    start[2 * sector : 2 * sector + len(entries)] = entries
    return bytes(start)


def table(wanted: Sequence[Wanted], sector: int = 512) -> Table:
    data = table_bytes(wanted, sector)
    return read_table(lambda at, size: data[at : at + size], sector)


def kiln(wanted: Sequence[Wanted] = KILN) -> Contents:
    return Contents("kiln", "Kiln 0.1.0", table(wanted))


EMPTY = Contents("empty", "nothing")
OTHER = Contents("other", "a GPT with 2 partitions (vfat, ext4)")


class FakeSys:
    """A machine's /sys, /proc and /run below a directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._minor = 0
        (root / "sys/class/block").mkdir(parents=True)
        (root / "proc/self").mkdir(parents=True)

    def add(self, name: str, place: str, files: Mapping[str, str], udev: Sequence[str] = ()) -> None:
        """A disk at a place below /sys/devices, with the files that matter and udev's lines."""
        self._device(self.root / "sys/devices" / place / name, files, udev)

    def add_part(self, disk: str, name: str, number: int, udev: Sequence[str] = ()) -> None:
        """A partition of a disk."""
        place = (self.root / "sys/class/block" / disk).resolve() / name
        self._device(place, {"partition": f"{number}\n", "size": "2048\n"}, udev)

    def number(self, name: str) -> str:
        return (self.root / "sys/class/block" / name / "dev").read_text().strip()

    def _device(self, place: Path, files: Mapping[str, str], udev: Sequence[str]) -> None:
        self._minor += 1
        for file, text in {"dev": f"8:{self._minor}\n", **files}.items():
            path = place / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (self.root / "sys/class/block" / place.name).symlink_to(place)
        data = self.root / "run/udev/data" / f"b8:{self._minor}"
        data.parent.mkdir(parents=True, exist_ok=True)
        data.write_text("".join(f"{line}\n" for line in udev))
