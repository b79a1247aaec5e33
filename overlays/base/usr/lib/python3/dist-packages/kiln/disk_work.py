"""Changes a disk: what the installer does as well as who makes a place for /var."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kiln import gpt
from kiln.disk_contents import EDGE_BYTES
from kiln.disks import Disk, partition_path
from kiln.gpt import Entry, Table
from kiln.media import call

_POINT = Path("/run/kiln/disk")
# linux/fs.h
_BLKRRPART = 0x125F
_SECONDS = 120


class WorkError(Exception):
    """The work cannot go on; the text says why."""


def read_table(disk: Disk) -> Table:
    """The disk's table as it is now."""
    with open(disk.path, "rb", buffering=0) as file:
        try:
            return gpt.read_table(
                lambda at, size: os.pread(file.fileno(), size, at), disk.sector_bytes, disk.size_bytes
            )
        except gpt.TableError as error:
            raise WorkError(f"{disk.name} {error}") from error


def erase(disk: Disk) -> None:
    """After this a disk is empty: what tells of its contents is gone."""
    zeros = bytes(EDGE_BYTES)
    overwrite(disk, [(0, zeros), (disk.size_bytes - EDGE_BYTES, zeros)])


def overwrite(disk: Disk, writes: Sequence[tuple[int, bytes]]) -> None:
    """Writes bytes at their offsets, in this order, and has the kernel look at the partitions anew."""
    with open(disk.path, "r+b", buffering=0) as file:
        # udev leaves a disk alone that somebody has locked.
        fcntl.flock(file, fcntl.LOCK_EX)
        for offset, data in writes:
            os.pwrite(file.fileno(), data, offset)
            os.fsync(file.fileno())
        _reread(file.fileno(), disk)
    settle()


def _reread(descriptor: int, disk: Disk) -> None:
    for _ in range(20):
        with contextlib.suppress(OSError):
            fcntl.ioctl(descriptor, _BLKRRPART)
            return
        time.sleep(0.5)
    raise WorkError(f"{disk.name} is in use: the kernel keeps its former partitions; restart the machine")


def partition_of(disk: Disk, table: Table, is_it: Callable[[Entry], bool], what: str) -> str:
    """The device of the partition that something holds for, once the kernel has it."""
    entry = next((each for each in table.partitions() if is_it(each)), None)
    for _ in range(50):
        path = partition_path(disk.name, entry.number) if entry else None
        if path is not None and os.path.exists(path):
            return path
        time.sleep(0.2)
    raise WorkError(f"{disk.name} has no partition for {what}, though it was made")


@contextlib.contextmanager
def mounted(device: str, filesystem: str, mode: str) -> Iterator[Path]:
    """A file system, for as long as it is looked at."""
    _POINT.mkdir(mode=0o700, parents=True, exist_ok=True)
    run("mount", "-t", filesystem, "-o", f"{mode},nosuid,nodev,noexec", device, str(_POINT))
    try:
        yield _POINT
    finally:
        run("umount", str(_POINT))


def settle() -> None:
    """Waits until udev knows what the kernel does."""
    with contextlib.suppress(OSError):
        call(["udevadm", "settle", "--timeout=60"], 70)


def run(*command: str, seconds: float = _SECONDS) -> str:
    """What a program says; it must succeed."""
    try:
        code, output, errors = call(command, seconds)
    except OSError as error:
        raise WorkError(f"{command[0]} cannot be run: {error.strerror or error}") from error
    if code != 0:
        raise WorkError(f"{command[0]} failed: {last_line(errors.strip() or output)}")
    return output.decode("utf-8", "replace")


def last_line(output: bytes) -> str:
    """Of what a program says, what matters most."""
    lines = output.decode("utf-8", "replace").replace("\r", "\n").strip().splitlines()
    return lines[-1].strip() if lines else "no reason given"
