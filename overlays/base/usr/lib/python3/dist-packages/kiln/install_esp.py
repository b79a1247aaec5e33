"""
The files of the EFI system partition, as builder/image/artifacts/esp.ts lays them out, and the mark that says
which installation is whole. Nothing boots from the disk before the last file is in its place.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kiln.install_boot import efi_arch

MARK = "loader/kiln-install.json"
TRIES = 3
"""How often an image is tried before the one before it starts again (Automatic Boot Assessment)."""

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Mark:
    """What was installed, of which seed, and when this was last used to start from the disk."""

    root_hash: str
    instance_id: str
    digest: str
    """Of the seed's files."""

    restarted: float = 0.0

    def as_bytes(self) -> bytes:
        """The file; nothing in it is secret."""
        values = {
            "root-hash": self.root_hash,
            "instance-id": self.instance_id,
            "seed-sha256": self.digest,
            "restarted": self.restarted,
        }
        return (json.dumps(values, indent=2) + "\n").encode()

    def is_of(self, other: "Mark") -> bool:
        """Whether both are of one installation."""
        mine = (self.root_hash, self.instance_id, self.digest)
        return mine == (other.root_hash, other.instance_id, other.digest)


def parse_mark(data: bytes) -> Mark | None:
    """The mark in a file; None when it is none."""
    try:
        found = json.loads(data)
        texts = [found[key] for key in ("root-hash", "instance-id", "seed-sha256")]
        if not all(isinstance(text, str) for text in texts):
            return None
        return Mark(*texts, restarted=float(found.get("restarted", 0.0)))
    except (ValueError, KeyError, TypeError):
        return None


def boot_file(machine: str) -> str:
    """The file that firmware starts without being told."""
    return f"EFI/BOOT/BOOT{efi_arch(machine).upper()}.EFI"


def esp_files(source: Path, version: str, machine: str) -> Mapping[str, Path]:
    """Where each file of the ESP comes from, in the order in which they are written: the boot file is last."""
    return {
        f"EFI/Linux/kiln_{version}+{TRIES}.efi": source / "system.efi",
        "loader/loader.conf": source / "loader.conf",
        f"EFI/systemd/systemd-boot{efi_arch(machine)}.efi": source / "loader.efi",
        boot_file(machine): source / "loader.efi",
    }


def mkfs_args(partition: str, sector_bytes: int) -> list[str]:
    """Makes the file system, with sectors of the disk's own size: firmware wants that."""
    return ["mkfs.fat", "-F", "32", "-S", str(sector_bytes), "-n", "ESP", partition]


def write_file(root: Path, name: str, data: bytes) -> None:
    """One file, on the disk when this returns. FAT cannot rename over another file safely: they are new."""
    _copy_into(root / name, [data])


def copy_file(root: Path, name: str, source: Path, tell: Callable[[int], None] = lambda _: None) -> None:
    """The same, from a file of any size."""
    with open(source, "rb") as file:
        _copy_into(root / name, iter(lambda: file.read(_CHUNK), b""), tell)


def _copy_into(path: Path, chunks: Iterable[bytes], tell: Callable[[int], None] = lambda _: None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        for chunk in chunks:
            file.write(chunk)
            tell(len(chunk))
        file.flush()
        os.fsync(file.fileno())
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def differing(root: Path, files: Mapping[str, Path]) -> list[str]:
    """The files that are not, byte for byte, what they were made from."""
    return [name for name, source in files.items() if not _is_same(root / name, source)]


def _is_same(path: Path, source: Path) -> bool:
    try:
        with open(path, "rb") as one, open(source, "rb") as other:
            while True:
                here, there = one.read(_CHUNK), other.read(_CHUNK)
                if here != there:
                    return False
                if not here:
                    return True
    except OSError:
        return False
