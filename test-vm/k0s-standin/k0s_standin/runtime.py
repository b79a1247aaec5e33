"""The files of a running k0s in its run directory: one k0s on a host."""

import os

from k0s_standin.config.load import Settings
from k0s_standin.failure import Failure
from k0s_standin.files import make_directory, write_quickly
from k0s_standin.places import Places, described


class Runtime:
    """The lock, and the description of what runs. The lock ends with the process, whatever ends it."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._lock: int | None = None

    @property
    def _file(self) -> str:
        return f"{self._places.run}/k0s.yaml"

    def acquire(self) -> None:
        """Takes the lock; Failure when another k0s has it."""
        import fcntl

        make_directory(self._places.run, 0o755)
        handle = os.open(f"{self._file}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise Failure("failed to initialize runtime config: k0s is already running") from None
        self._lock = handle

    def describe(self, settings: Settings | None) -> None:
        """Writes what runs, for other commands of k0s."""
        from k0s_standin.strict_yaml import dump

        spec = {
            "k0sVars": described(self._places),
            "nodeConfig": dict(settings.document) if settings else None,
            "pid": os.getpid(),
        }
        document = {"apiVersion": "k0s.k0sproject.io/v1beta1", "kind": "RuntimeConfig", "spec": spec}
        write_quickly(self._file, dump(document).encode(), 0o600)

    def release(self) -> None:
        """Removes the files; the directory may be gone already."""
        for name in (self._file, self._places.status_socket):
            try:
                os.unlink(name)
            except FileNotFoundError:
                pass
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
