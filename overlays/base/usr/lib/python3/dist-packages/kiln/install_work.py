"""
Carries out an installation. Power may be cut anywhere: the disk then boots nothing, and the next run completes it.
"""

import contextlib
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from kiln import gpt, install_boot, install_esp
from kiln.disk_choice import size_text
from kiln.disk_contents import EDGE_BYTES, Contents
from kiln.disk_work import WorkError, erase, last_line, mounted, overwrite, partition_of, read_table, run, settle
from kiln.disks import Disk, partition_path
from kiln.install_decision import Install, mark_of
from kiln.install_esp import MARK, Mark
from kiln.install_layout import Image, drop_ins, repart_args
from kiln.install_report import Progress
from kiln.install_seed import remember_in
from kiln.media import call
from kiln.problem import Problem
from kiln.seed_address import Hint
from kiln.system import say

RUN = Path("/run/kiln")
SOURCE = RUN / "install"
_DROP_INS = RUN / "install-repart.d"
_LOG = RUN / "install-repart.log"
_CHECKED = "kiln-install-check"
_VERITYSETUP = "/usr/lib/systemd/systemd-veritysetup"
_EFIVARS = Path("/sys/firmware/efi/efivars")
_CHUNK = 4 * 1024 * 1024
_SECONDS = 120


def install(plan: Install, image: Image, hint: Hint) -> list[Problem]:
    """Writes the disk and reads it back. Returns what is worth a warning."""
    disk, keeps = plan.disk, plan.step.kind == "keep"
    _make_room(plan)
    _partition(disk, image, keeps)
    table = read_table(disk)
    esp = partition_of(disk, table, lambda entry: entry.type == gpt.ESP, "the ESP")
    root = partition_of(disk, table, lambda entry: entry.uuid == image.root_uuid, "the root")
    tree = partition_of(disk, table, lambda entry: entry.uuid == image.verity_uuid, "the hash tree")
    var = partition_of(disk, table, lambda entry: entry.type == gpt.VAR, "/var")
    say("writing the boot loader and the kernel")
    run(*install_esp.mkfs_args(esp, disk.sector_bytes))
    files = install_esp.esp_files(SOURCE, image.version, os.uname().machine)
    boot = install_esp.boot_file(os.uname().machine)
    _write_esp(esp, {name: source for name, source in files.items() if name != boot})
    _write_seed(var, plan, hint, keeps)
    _verify(root, tree, image)
    # From here on the disk boots.
    _write_esp(esp, {boot: files[boot]})
    write_mark(esp, mark_of(plan.order, image.root_hash))
    number = next(entry.number for entry in table.partitions() if entry.type == gpt.ESP)
    return _register(disk, number)


def mark_on(disk: Disk, contents: Contents) -> Mark | None:
    """The mark on a disk that has a Kiln."""
    esp = next((e for e in contents.table.partitions() if e.type == gpt.ESP), None) if contents.table else None
    path = partition_path(disk.name, esp.number) if esp else None
    if path is None:
        return None
    try:
        with mounted(path, "vfat", "ro") as root:
            return install_esp.parse_mark((root / MARK).read_bytes())
    except (OSError, WorkError):
        return None


def write_mark(esp: str, mark: Mark) -> None:
    """Says on the disk what is installed on it."""
    with mounted(esp, "vfat", "rw") as root:
        install_esp.write_file(root, MARK, mark.as_bytes())


def start_from_disk(disk: Disk, mark: Mark) -> bool:
    """Has the firmware start from the disk next, if it can; and remembers that it was told so."""
    table = read_table(disk)
    number = next(entry.number for entry in table.partitions() if entry.type == gpt.ESP)
    if _register(disk, number):
        return False
    esp = partition_path(disk.name, number)
    if esp is None:
        return False
    write_mark(esp, replace(mark, restarted=time.time()))
    return True


def _make_room(plan: Install) -> None:
    """After this nothing on the disk boots any more."""
    disk = plan.disk
    if plan.step.kind == "new":
        return
    if plan.step.kind == "anew":
        erase(disk)
        return
    table = read_table(disk)
    esp = next(entry for entry in table.partitions() if entry.type == gpt.ESP)
    overwrite(disk, [(esp.start_bytes, bytes(EDGE_BYTES)), *gpt.without(table, set(plan.step.removed))])


def _partition(disk: Disk, image: Image, keeps: bool) -> None:
    _write_drop_ins(drop_ins(image))
    total = sum(_size_of(path) for path in (image.root, image.tree))
    progress = Progress(f"copying the system onto {disk.name}", total, time.monotonic)
    before = _written(disk)
    arguments = repart_args(disk.path, drop_ins_at=str(_DROP_INS), keeps=keeps)
    with open(_LOG, "wb") as log:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "TMPDIR": "/run"}
        )
        while process.poll() is None:
            time.sleep(0.2)
            progress.at(min(_written(disk) - before, total))
    if process.returncode != 0:
        raise WorkError(f"{disk.name} could not be divided: {last_line(_LOG.read_bytes())}")
    progress.end()
    settle()


def _write_drop_ins(files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = _DROP_INS / name
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.write_text(text)


def _written(disk: Disk) -> int:
    """Bytes that were written to a disk since the kernel started (Documentation/block/stat.rst)."""
    return int(Path("/sys/class/block", disk.name, "stat").read_text().split()[6]) * 512


def _size_of(path: str) -> int:
    with open(path, "rb") as file:
        return file.seek(0, os.SEEK_END)


def _write_esp(esp: str, files: Mapping[str, Path]) -> None:
    with mounted(esp, "vfat", "rw") as root:
        for name, source in files.items():
            install_esp.copy_file(root, name, source)
    # Mounted anew, so that they are read from the disk.
    with mounted(esp, "vfat", "ro") as root:
        wrong = install_esp.differing(root, files)
    if wrong:
        raise WorkError(f"{', '.join(wrong)} is not on the disk as it was written; is the disk damaged?")


def _write_seed(var: str, plan: Install, hint: Hint, keeps: bool) -> None:
    if keeps:
        code, _, errors = call(["fsck.ext4", "-p", var], 3600)
        if code not in (0, 1):
            detail = last_line(errors)
            raise WorkError(f"the file system of {var} is damaged beyond what fsck repairs by itself: {detail}")
    with mounted(var, "ext4", "rw") as root:
        (root / "lib").mkdir(mode=0o755, exist_ok=True)
        (root / "lib/kiln").mkdir(mode=0o755, exist_ok=True)
        remember_in(root, plan.order, hint)


def _verify(root: str, tree: str, image: Image) -> None:
    """Every block of the new root against the root hash."""
    os.sync()
    with contextlib.suppress(OSError):
        call([_VERITYSETUP, "detach", _CHECKED], _SECONDS)
    run(_VERITYSETUP, "attach", _CHECKED, root, tree, image.root_hash)
    try:
        path = f"/dev/mapper/{_CHECKED}"
        progress = Progress("reading the system back", _size_of(path), time.monotonic)
        done = 0
        with open(path, "rb", buffering=0) as file:
            while data := file.read(_CHUNK):
                done += len(data)
                progress.at(done)
        progress.end()
    except OSError as error:
        message = f"the system on {root} is not what was written ({error.strerror}); is the disk damaged?"
        raise WorkError(message) from error
    finally:
        call([_VERITYSETUP, "detach", _CHECKED], _SECONDS)


def _register(disk: Disk, esp_number: int) -> list[Problem]:
    """One boot entry, first in the order and next in turn; or why there is none."""
    try:
        if not _EFIVARS.is_dir() or not os.listdir(_EFIVARS) or os.statvfs(_EFIVARS).f_flag & os.ST_RDONLY:
            raise WorkError("the firmware's variables cannot be written")
        before = install_boot.parse_entries(run("efibootmgr"))
        run(*install_boot.create_args(disk.path, esp_number, os.uname().machine))
        after = install_boot.parse_entries(run("efibootmgr"))
        for number in install_boot.stale(before.ours, after.ours):
            run(*install_boot.delete_args(number))
        new = [number for number in after.ours if number not in before.ours]
        if new:
            run(*install_boot.next_args(new[0]))
    except (OSError, WorkError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        message = f"there is none ({reason}); the firmware has to find the disk by itself, at EFI/BOOT"
        return [Problem("boot entry", message)]
    return []


def done_text(plan: Install, image: Image) -> str:
    """What was done, for people."""
    kept = ", /var was kept" if plan.step.kind == "keep" else ""
    size = size_text(plan.disk.size_bytes)
    return f"Kiln {image.version} is on {plan.disk.name} ({size}) as {plan.order.instance_id}{kept}"
