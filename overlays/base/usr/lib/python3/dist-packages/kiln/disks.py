"""The disks of the machine, as the kernel and udev know them. Reads only."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SECTOR = 512
"""The unit of sizes in sysfs, whatever the disk's own sectors are."""

# Memory, mapped devices and drives are no disks; what eMMC has for firmware is none either.
_NEVER = re.compile(r"^(?:dm-|fd\d|loop|md|mtdblock|nbd|ram|sr\d|zram)|^mmcblk\d+(?:boot|rpmb|gp)")
# In this order: a USB disk is one of SCSI too, and so is one of ATA.
_BUSES = (
    ("usb", r"/usb\d+/"),
    ("nvme", r"/nvme(?:\d+|-subsystem)/"),
    ("mmc", r"/mmc_host/"),
    ("ata", r"/ata\d+/"),
    ("scsi", r"/host\d+/"),
    ("virtio", r"/virtio\d+/"),
)


@dataclass(frozen=True)
class Part:
    """A partition that the kernel knows."""

    name: str
    number: int
    filesystem: str = ""
    label: str = ""
    """Of its file system."""


@dataclass(frozen=True)
class Disk:
    """A whole disk."""

    name: str
    size_bytes: int
    sector_bytes: int = 512
    bus: str = "other"
    model: str = ""
    serial: str = ""
    links: tuple[str, ...] = ()
    """All names below /dev/disk."""

    is_removable: bool = False
    is_read_only: bool = False
    parts: tuple[Part, ...] = ()
    filesystem: str = ""
    label: str = ""
    """Of a file system on the whole disk, as an ISO on a stick."""

    uses: tuple[str, ...] = ()
    """What has it open, in words; empty when nothing has."""

    @property
    def path(self) -> str:
        """Of the device."""
        return f"/dev/{self.name}"

    @property
    def stable_path(self) -> str:
        """A name that is the same at the next start, when there is one."""
        by_id = sorted(link for link in self.links if link.startswith("/dev/disk/by-id/"))
        readable = [link for link in by_id if not re.search(r"/(?:wwn|nvme-eui|nvme-nvme|scsi-\d)[.-]?", link)]
        return (readable or by_id or [self.path])[0]


def list_disks(root: Path = Path("/")) -> list[Disk]:
    """Every disk with a medium in it, in the order of their names."""
    block = root / "sys/class/block"
    names = sorted(os.listdir(block), key=lambda name: (len(name), name))
    disks = [_disk(root, name) for name in names if not _NEVER.match(name) and _is_whole(block / name)]
    return [disk for disk in disks if disk.size_bytes > 0]


def fingerprint(root: Path = Path("/")) -> tuple[tuple[str, str, str], ...]:
    """Another one whenever a disk or a medium comes, goes, or is changed."""
    block = root / "sys/class/block"
    names = sorted(os.listdir(block))
    return tuple((name, _line(block / name / "diskseq"), _line(block / name / "size")) for name in names)


def partition_path(disk: str, number: int, root: Path = Path("/")) -> str | None:
    """The device of a partition, when the kernel knows it."""
    return next((f"/dev/{part.name}" for part in _parts(root, disk) if part.number == number), None)


def disk_of(name: str, block: Path = Path("/sys/class/block")) -> str:
    """The whole disk of a volume."""
    place = (block / name).resolve()
    return place.parent.name if (place / "partition").exists() else name


def bus_of(place: str) -> str:
    """By the path of the device in sysfs. Pure."""
    return next((bus for bus, pattern in _BUSES if re.search(pattern, place)), "other")


def _is_whole(place: Path) -> bool:
    """No partition, and no single path of a disk that has several (NVMe)."""
    return not (place / "partition").exists() and _line(place / "hidden") != "1"


def _disk(root: Path, name: str) -> Disk:
    place = root / "sys/class/block" / name
    udev = _udev(root, place)
    parts = tuple(_parts(root, name))
    return Disk(
        name=name,
        size_bytes=int(_line(place / "size") or 0) * _SECTOR,
        sector_bytes=int(_line(place / "queue/logical_block_size") or 512),
        bus=bus_of(str(place.resolve())),
        model=_model(place, udev),
        serial=udev.get("ID_SERIAL_SHORT") or _line(place / "device/serial") or _line(place / "serial"),
        links=tuple(sorted(udev.get("links", "").split())),
        is_removable=_line(place / "removable") == "1",
        is_read_only=_line(place / "ro") == "1",
        parts=parts,
        filesystem=udev.get("ID_FS_TYPE", ""),
        label=udev.get("ID_FS_LABEL", ""),
        uses=tuple(_uses(root, [name, *(part.name for part in parts)])),
    )


def _model(place: Path, udev: dict[str, str]) -> str:
    model = _line(place / "device/model") or _line(place / "device/name") or udev.get("ID_MODEL", "")
    return " ".join(model.replace("_", " ").split())


def _parts(root: Path, disk: str) -> Iterator[Part]:
    place = root / "sys/class/block" / disk
    for entry in sorted(place.resolve().iterdir()):
        number = _line(entry / "partition")
        if number:
            udev = _udev(root, entry)
            yield Part(entry.name, int(number), udev.get("ID_FS_TYPE", ""), udev.get("ID_FS_LABEL", ""))


def _uses(root: Path, names: list[str]) -> Iterator[str]:
    """Mounts, swap, and what is mapped onto the disk: md, LVM, multipath."""
    block = root / "sys/class/block"
    mounts, swaps = _lines(root / "proc/self/mountinfo"), _lines(root / "proc/swaps")
    for name in names:
        number = _line(block / name / "dev")
        for line in mounts:
            words = line.split()
            if len(words) > 4 and number and words[2] == number:
                yield f"{name} is mounted at {words[4]}"
        if any(line.split()[0] == f"/dev/{name}" for line in swaps if line.strip()):
            yield f"{name} is swap"
        holders = block / name / "holders"
        yield from (f"{name} is a part of {each}" for each in (sorted(os.listdir(holders)) if holders.is_dir() else ()))


def _udev(root: Path, place: Path) -> dict[str, str]:
    """What udev knows of a device: its properties, and its names as `links`."""
    number = _line(place / "dev")
    lines = _lines(root / "run/udev/data" / f"b{number}") if number else []
    pairs = dict(line[2:].partition("=")[::2] for line in lines if line.startswith("E:"))
    links = " ".join(f"/dev/{line[2:]}" for line in lines if line.startswith("S:disk/"))
    return {**pairs, "links": links}


def _line(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace").strip("\0 \n\t")
    except OSError:
        return ""


def _lines(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
