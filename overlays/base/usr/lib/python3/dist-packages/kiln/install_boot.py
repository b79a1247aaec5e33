"""The firmware's list of what it boots: one entry for the installed system. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LABEL = "Kiln"
# Number, label; what follows a tab is the device path.
_ENTRY = re.compile(r"^Boot([0-9A-Fa-f]{4})\*?\s(.*)$")


@dataclass(frozen=True)
class BootEntries:
    """What efibootmgr lists."""

    ours: tuple[str, ...]
    """Numbers of the entries with our label, all disks'."""

    order: tuple[str, ...]
    current: str | None


def parse_entries(output: str) -> BootEntries:
    """Reads efibootmgr(8)'s list."""
    ours, order, current = [], [], None
    for line in output.splitlines():
        entry = _ENTRY.match(line)
        if entry:
            label = entry.group(2).partition("\t")[0].strip()
            if label == LABEL:
                ours.append(entry.group(1).upper())
        elif line.startswith("BootOrder:"):
            order = [each.strip().upper() for each in line.partition(":")[2].split(",") if each.strip()]
        elif line.startswith("BootCurrent:"):
            current = line.partition(":")[2].strip().upper() or None
    return BootEntries(tuple(ours), tuple(order), current)


def loader_path(machine: str) -> str:
    """systemd-boot's own place on the ESP, by the machine's name of uname(2)."""
    return f"\\EFI\\systemd\\systemd-boot{efi_arch(machine)}.efi"


def efi_arch(machine: str) -> str:
    """The name that UEFI has for a machine (UEFI Specification, section 3.5.1.1)."""
    return {"x86_64": "x64", "aarch64": "aa64"}[machine]


def create_args(disk: str, partition: int, machine: str) -> list[str]:
    """Makes the entry, first in the order."""
    where = ["--disk", disk, "--part", str(partition)]
    return ["efibootmgr", "--quiet", "--create", *where, "--label", LABEL, "--loader", loader_path(machine)]


def delete_args(number: str) -> list[str]:
    """Takes an entry away, and out of the order."""
    return ["efibootmgr", "--quiet", "--delete-bootnum", "--bootnum", number]


def next_args(number: str) -> list[str]:
    """Has the next start, and that alone, begin with an entry."""
    return ["efibootmgr", "--quiet", "--bootnext", number]


def stale(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Entries of former installations, once there is a new one. Without a new one none is taken away."""
    return [number for number in after if number in before] if set(after) - set(before) else []
