"""Reading with a limit, and writing so that a cut of power leaves the old file or the new one."""

import errno
import os
import stat
from pathlib import Path

_TEMPORARY = ".kiln-new"


def read_limited(path: Path, limit: int) -> bytes:
    """
    The bytes of a regular file; OSError when it is none, or has more than `limit` bytes. A pipe or a
    device is never waited for.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(kind):
            raise OSError(errno.EINVAL, "is not a regular file", str(path))
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"is larger than {limit} bytes", str(path))
    return data


def write_atomic(path: Path, data: bytes, mode: int = 0o600, uid: int = 0, gid: int = 0) -> bool:
    """
    Makes `path` a file with these bytes, mode and owner, and returns whether it had to. What is under
    the name is at any moment the old file or the whole new one, on disk. Owners are left alone for
    other users than root.
    """
    if _is_already(path, data, mode, uid, gid):
        return False
    temporary = path.with_name(f".{path.name}{_TEMPORARY}")
    # One of a run that was cut off, or a link that somebody left.
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if os.geteuid() == 0:
            os.fchown(descriptor, uid, gid)
        os.fchmod(descriptor, mode)
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    os.replace(temporary, path)
    sync_directory(path.parent)
    return True


def make_directory(path: Path, mode: int = 0o755, uid: int = 0, gid: int = 0) -> None:
    """Makes a directory, and those above it with mode 0755; one that is there only gets mode and owner."""
    if not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode)
        sync_directory(path.parent)
    # Not by mkdir: it is subject to the umask.
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, uid, gid)


def sync_directory(path: Path) -> None:
    """Puts the names in a directory on disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_already(path: Path, data: bytes, mode: int, uid: int, gid: int) -> bool:
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or stat.S_IMODE(found.st_mode) != mode:
            return False
        if os.geteuid() == 0 and (found.st_uid, found.st_gid) != (uid, gid):
            return False
        return found.st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False
