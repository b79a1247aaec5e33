"""Files and directories, written so that a cut of power leaves the old or the new one."""

import os

ROOT = 0


def make_directory(path: str, mode: int) -> None:
    """Makes a directory and its parents, and sets its mode in any case, as k0s does at each start."""
    os.makedirs(path, exist_ok=True)
    os.chmod(path, mode)


def write_atomic(path: str, data: bytes, mode: int, owner: int = ROOT) -> None:
    """Replaces a file; its bytes are on the disk before it has its name."""
    temporary = f"{path}.new"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, data)
        os.fchmod(handle, mode)
        if os.geteuid() == ROOT:
            os.fchown(handle, owner, 0)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.rename(temporary, path)
    sync_directory(os.path.dirname(path))


def write_quickly(path: str, data: bytes, mode: int, owner: int = ROOT) -> None:
    """Replaces a file that is made anew at each start, so that nothing need reach the disk now."""
    temporary = f"{path}.new"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.write(handle, data)
        os.fchmod(handle, mode)
        if os.geteuid() == ROOT:
            os.fchown(handle, owner, 0)
    finally:
        os.close(handle)
    os.rename(temporary, path)


def sync_directory(path: str) -> None:
    """Makes names in a directory survive a cut of power."""
    handle = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def read_if_present(path: str) -> bytes | None:
    try:
        return read(path)
    except FileNotFoundError:
        return None
