"""Finds volumes that carry a seed, and reads them: read-only, with limits, and without a trace."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kiln.files import read_limited
from kiln.problem import Problem
from kiln.seed_files import CONFIG_DRIVE, CONTENT, LAYOUTS, NOCLOUD, TOTAL_LIMIT, Seed

_LABELS = {"cidata": NOCLOUD, "CIDATA": NOCLOUD, "config-2": CONFIG_DRIVE, "CONFIG-2": CONFIG_DRIVE}
# ext4 would replay its journal, and so write, even when it is mounted read-only.
_OPTIONS = {"iso9660": "", "vfat": "", "ext4": ",noload", "ext3": ",noload", "ext2": ""}
# Mapped devices, and memory.
_NEVER = ("dm-", "loop", "md", "nbd", "ram", "zram", "fd")
# A drive that hangs must not hold the boot.
_PROBE_SECONDS = 30
_MOUNT_SECONDS = 60


@dataclass(frozen=True)
class Medium:
    """A volume that is labelled as a seed."""

    name: str
    """Of the device, as the kernel calls it."""

    label: str
    filesystem: str

    def __str__(self) -> str:
        return f"{self.label} on {self.name}"


def find_media() -> list[Medium]:
    """The volumes that are labelled as seeds, by their superblocks: udev need not know them yet."""
    names = sorted(name for name in os.listdir("/sys/class/block") if not name.startswith(_NEVER))
    devices = [f"/dev/{name}" for name in names if _has_content(name)]
    if not devices:
        return []
    try:
        _, output, _ = call(blkid_args(devices), _PROBE_SECONDS)
    except TimeoutError:
        return []
    return parse_media(output.decode("utf-8", "replace"))


def blkid_args(devices: Sequence[str]) -> list[str]:
    """
    Asks for labels. Not with --probe, which ends at the first device with nothing on it: an empty slot of an NVMe
    disk would hide every stick. Without a cache the same superblocks are read.
    """
    return ["blkid", "-c", "/dev/null", "-o", "export", "-s", "LABEL", "-s", "LABEL_FATBOOT", "-s", "TYPE", *devices]


def parse_media(output: str) -> list[Medium]:
    """The seeds among what blkid tells in its `export` form. Pure."""
    found: list[Medium] = []
    for block in output.split("\n\n"):
        pairs = dict(line.partition("=")[::2] for line in block.splitlines() if "=" in line)
        labels = [pairs[key] for key in ("LABEL", "LABEL_FATBOOT") if pairs.get(key) in _LABELS]
        if labels and "DEVNAME" in pairs:
            found.append(Medium(os.path.basename(pairs["DEVNAME"]), labels[0], pairs.get("TYPE", "")))
    return found


def read_medium(medium: Medium) -> tuple[Seed | None, list[Problem]]:
    """The seed of a medium, or why it cannot be read."""
    if medium.filesystem not in _OPTIONS:
        kind = medium.filesystem or "no file system"
        message = f"has {kind}, which is not read; make it iso9660, vfat or ext4"
        return None, [Problem(str(medium), message)]
    try:
        with _mounted(medium) as root:
            return read_files(root, _LABELS[medium.label], str(medium))
    except OSError as error:
        return None, [Problem(str(medium), f"cannot be read: {error.strerror or error}; is it damaged?")]


def read_files(root: Path, kind: str, source: str) -> tuple[Seed | None, list[Problem]]:
    """The seed in a directory, or what is wrong with its files: all of it."""
    layout = LAYOUTS[kind]
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    limits = dict(layout.limits())
    if kind == CONFIG_DRIVE:
        limits.update({name: TOTAL_LIMIT for name in _content_of(root)})
    for name, limit in limits.items():
        left = TOTAL_LIMIT - sum(map(len, files.values()))
        try:
            data = _read(root, name, min(limit, left))
        except OSError as error:
            problems.append(Problem(f"{source}: {name}", _why(error, min(limit, left))))
            continue
        if data is not None:
            files[name] = data
        elif name == layout.meta_data:
            problems.append(Problem(source, f"has no file {name}; a seed has at least that"))
    return (None if problems else Seed(kind, source, files)), problems


def _why(error: OSError, limit: int) -> str:
    import errno

    if error.errno == errno.EFBIG:
        return f"is larger than {limit} bytes; is it the right file?"
    return f"cannot be read: {error.strerror or error}; is the medium damaged?"


def _read(root: Path, name: str, limit: int) -> bytes | None:
    path = root / name
    if not path.exists():
        return None
    if not path.resolve().is_relative_to(root.resolve()):
        raise OSError(None, "it is a link that leads out of the medium")
    return read_limited(path, limit)


def _content_of(root: Path) -> list[str]:
    directory = root / CONTENT
    return sorted(f"{CONTENT}/{entry.name}" for entry in directory.iterdir()) if directory.is_dir() else []


def _has_content(name: str) -> bool:
    try:
        return int(Path("/sys/class/block", name, "size").read_text()) > 0
    except (OSError, ValueError):
        return False


@contextmanager
def _mounted(medium: Medium) -> Iterator[Path]:
    point = Path("/run/kiln/seed-media", medium.name)
    point.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = f"ro,nosuid,nodev,noexec{_OPTIONS[medium.filesystem]}"
    _run("mount", "-t", medium.filesystem, "-o", options, f"/dev/{medium.name}", str(point))
    try:
        yield point
    finally:
        try:
            _run("umount", str(point))
        except OSError:
            _run("umount", "--lazy", str(point))
        point.rmdir()


def _run(*command: str) -> None:
    code, _, errors = call(command, _MOUNT_SECONDS)
    if code != 0:
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        raise OSError(None, lines[0] if lines else f"{command[0]} failed")


def call(command: Sequence[str], seconds: float) -> tuple[int, bytes, bytes]:
    """Runs a program; TimeoutError when it takes longer. Who waits for a broken drive cannot be killed."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise TimeoutError(None, f"{command[0]} took longer than {seconds:.0f} seconds") from None
    return process.returncode, output, errors


def wait_for_slow_ones(seconds: float) -> bool:
    """
    Waits until no USB stick is about to become a disk, for at most some seconds; returns whether it waited.
    """
    end = time.monotonic() + seconds
    waited = False
    while _sticks_to_come() and time.monotonic() < end:
        waited = True
        time.sleep(0.1)
    return waited


def has_slow_buses() -> bool:
    """Whether media may appear on their own some seconds after the kernel has started."""
    try:
        names = os.listdir("/sys/bus/usb/devices")
    except OSError:
        names = []
    return bool(names) or any(name.startswith("sr") for name in os.listdir("/sys/class/block"))


def _sticks_to_come() -> bool:
    """Whether a USB device is there that stores, and its disk is not."""
    for interface in Path("/sys/bus/usb/devices").glob("*:*"):
        try:
            if (interface / "bInterfaceClass").read_text().strip() == "08" and not any(
                interface.glob("host*/target*/*/block/*")
            ):
                return True
        except OSError:
            continue
    return False
