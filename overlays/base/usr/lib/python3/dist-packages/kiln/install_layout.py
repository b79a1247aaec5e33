"""
How the disk is divided: by the definitions of systemd-repart that the image's first boot has too, with what
only the installer knows laid over them (repart.d(5)). Pure.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DEFINITIONS = "/usr/lib/repart.d"
# One MiB at either end is the partition table's.
_TABLE_BYTES = 2 * 1024 * 1024
_UNITS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}
_SLOTS = ("20-verity-a.conf", "21-root-a.conf")


class DefinitionError(Exception):
    """The image's own definitions are not as the installer needs them."""


@dataclass(frozen=True)
class Image:
    """The system that is installed."""

    version: str
    root_hash: str
    root: str = "/dev/mapper/root"
    """The verified root: every block that is read from it was checked."""

    tree: str = "/dev/loop1"

    @property
    def root_uuid(self) -> str:
        """First half of the root hash, as the Discoverable Partitions Specification wants it."""
        return _uuid(self.root_hash[:32])

    @property
    def verity_uuid(self) -> str:
        """Second half."""
        return _uuid(self.root_hash[32:64])


def _uuid(text: str) -> str:
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))


def slots_of(definitions: Mapping[str, str]) -> tuple[int, ...]:
    """
    The least size of each partition in the order of the disk, the ESP first and /var last. `definitions` are the
    texts by their names.
    @raises DefinitionError when one has none
    """
    sizes = []
    for name, text in sorted(definitions.items()):
        match = re.search(r"^SizeMinBytes=(\d+(?:\.\d+)?)([KMGT]?)\s*$", text, re.MULTILINE)
        if match is None:
            raise DefinitionError(f"{name} has no SizeMinBytes")
        sizes.append(int(float(match.group(1)) * 1024 ** _UNITS[match.group(2)]))
    if not set(_SLOTS) <= definitions.keys() or len(sizes) < 4:
        raise DefinitionError(f"{DEFINITIONS} has no {' and '.join(_SLOTS)}")
    return tuple(sizes)


def needed_bytes(slots: Sequence[int]) -> int:
    """The smallest disk that these fit on."""
    return sum(slots) + _TABLE_BYTES


def drop_ins(image: Image) -> Mapping[str, str]:
    """What is laid over the definitions, by paths."""
    return {
        f"{_SLOTS[0]}.d/50-kiln-install.conf": _slot(f"verity_{image.version}", image.verity_uuid, image.tree),
        f"{_SLOTS[1]}.d/50-kiln-install.conf": _slot(f"root_{image.version}", image.root_uuid, image.root),
    }


def _slot(label: str, uuid: str, source: str) -> str:
    return (
        "[Partition]\n"
        f"Label={_escaped(label)}\n"
        f"UUID={uuid}\n"
        f"CopyBlocks={_escaped(source)}\n"
        # As in the disk image of a release.
        "ReadOnly=yes\n"
    )


def _escaped(text: str) -> str:
    """Without repart's specifiers."""
    return text.replace("%", "%%")


def repart_args(disk: str, *, drop_ins_at: str, keeps: bool, definitions: str = DEFINITIONS) -> list[str]:
    """The call of systemd-repart. Without `keeps` the disk is empty by now, and must be."""
    return [
        "systemd-repart",
        f"--definitions={definitions}",
        f"--definitions={drop_ins_at}",
        f"--empty={'refuse' if keeps else 'require'}",
        "--discard=yes",
        "--dry-run=no",
        "--no-pager",
        "--no-legend",
        disk,
    ]
