"""
Makes a place for /var on a disk. Power may be cut anywhere: the next start finds an empty disk, an empty partition or
one that is whole, and goes on from there.
"""

import os
import shutil
from pathlib import Path

from kiln.disk_contents import EDGE_BYTES
from kiln.disk_work import WorkError, erase, mounted, partition_of, read_table, run, settle
from kiln.files import sync_directory, write_atomic
from kiln.media import call
from kiln.var_decision import LABEL, Make, Place

DEFINITIONS = "/usr/lib/kiln/repart-var.d"
GUARD = ".kiln-var"
"""There from the moment when a partition is ready until a start has taken it as /var."""

STATE = Path("/var/lib/kiln")
# What makes the box the one that it is. A server may give out a seed once only.
_CARRIED = ("machine-id", "seeds", "seed", "ssh")
_SECONDS = 3600


def make(plan: Make) -> Place:
    """Gives the disk one partition, with a file system."""
    disk = plan.disk
    if plan.erases:
        erase(disk)
    run(*repart_args(disk.path), seconds=_SECONDS)
    settle()
    table = read_table(disk)
    device = partition_of(disk, table, lambda entry: entry.label == LABEL, "/var")
    return Place(disk.name, table.partitions()[0].number, device)


def repart_args(disk: str) -> list[str]:
    """The call of systemd-repart, which makes the file system before the partition can be seen. Pure."""
    return [
        "systemd-repart",
        f"--definitions={DEFINITIONS}",
        "--empty=require",
        "--discard=yes",
        "--dry-run=no",
        "--no-pager",
        "--no-legend",
        disk,
    ]


def prepare(place: Place, state: Path = STATE) -> None:
    """
    Makes a partition ready to be /var, from the next start on.
    @raises WorkError when it has other data, or was made ready before: the box would restart for ever
    """
    filesystem = filesystem_on(place.device)
    if filesystem == "":
        run("mkfs.ext4", "-q", "-F", "-L", LABEL, place.device, seconds=_SECONDS)
    elif filesystem != "ext4":
        raise WorkError(f"is called {LABEL} and has {filesystem}, which is not taken; erase it")
    with mounted(place.device, "ext4", "rw") as root:
        if (root / GUARD).exists():
            raise WorkError("was made ready, and this start has not taken it as /var; its first messages tell why")
        carry(state, root)
        write_atomic(root / GUARD, b"")


def filesystem_on(device: str) -> str:
    """What is on a partition; nothing when that is empty."""
    _, output, _ = call(["blkid", "-p", "-o", "value", "-s", "TYPE", device], 60)
    kind = output.decode("utf-8", "replace").strip()
    if kind:
        return kind
    with open(device, "rb") as file:
        start = file.read(EDGE_BYTES)
    return "" if start.count(0) == len(start) else "data of a kind that is not known"


def carry(state: Path, root: Path) -> None:
    """Hands on who the box is, unless the partition knows a box already."""
    target = root / "lib/kiln"
    if target.exists():
        return
    fresh = root / "lib/.kiln.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o755, parents=True)
    for name in _CARRIED:
        source = state / name
        if source.is_symlink():
            (fresh / name).symlink_to(source.readlink())
        elif source.is_dir():
            # Host keys may be in the making.
            shutil.copytree(source, fresh / name, symlinks=True, ignore=shutil.ignore_patterns("*.new*"))
        elif source.is_file():
            shutil.copy2(source, fresh / name)
    os.sync()
    fresh.rename(target)
    sync_directory(target.parent)
