"""The box's state on disk that provisioning reads and changes. Power may be cut after each line."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from kiln.files import make_directory, read_limited, sync_directory, write_atomic
from kiln.identity import Identity, Record, fingerprint, owns, record_of
from kiln.pem import PemProblem, certificate_of
from kiln.pki import NAMES
from kiln.plan import Plan

STATE = "var/lib/k0s"
_PROVISION = "var/lib/kiln/provision"
_ASIDE = "var/lib/kiln/aside"
_REQUEST = f"{_PROVISION}/request.json"
_IDENTITY = f"{_PROVISION}/identity.json"
_MAX_BYTES = 16 * 1024 * 1024

# Container images belong to no cluster. The others are what CNIs keep of the cluster they were in.
_OF_CLUSTER: Mapping[str, tuple[str, ...]] = {
    STATE: ("images",),
    "var/lib/cni": (),
    "var/lib/calico": (),
}


class BoxState:
    """Everything below a root directory; on the box that is /."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._uid, self._gid = (0, 0) if os.geteuid() == 0 else (os.geteuid(), os.getegid())

    def has_member(self) -> bool:
        """Whether k0s has etcd data: without, it joins or bootstraps."""
        return (self._root / STATE / "etcd/member/snap/db").exists()

    def pki(self) -> set[str]:
        """The names of those files of the CAs that are there."""
        return {name for name in NAMES if (self._root / STATE / "pki" / name).is_file()}

    def record(self) -> Record | None:
        """Whose the state is."""
        try:
            return record_of(read_limited(self._root / _IDENTITY, _MAX_BYTES))
        except OSError:
            return None

    def is_of(self, identity: Identity) -> bool:
        """Whether what is there may be used as the state of an identity."""
        record = self.record()
        return not self._parts() or owns(identity, record.identity if record else None, self._cluster())

    def set_aside(self) -> None:
        """
        Moves the state out of the way, part by part. It is deleted later: that may take minutes. A cut
        of power leaves some parts, under the old record: the next boot moves those too.
        """
        parts = self._parts()
        if not parts:
            return
        aside = self._new_aside()
        for part in parts:
            target = aside / part.relative_to(self._root).as_posix().replace("/", "-")
            os.rename(part, target)
        for directory in {part.parent for part in parts}:
            sync_directory(directory)
        sync_directory(aside)

    def delete_what_was_set_aside(self) -> None:
        """Frees the room that a former identity took."""
        aside = self._root / _ASIDE
        if aside.exists():
            import shutil

            shutil.rmtree(aside, ignore_errors=True)

    def write_record(self, record: Record) -> None:
        """Remembers whose the state is from now on."""
        self._write(_IDENTITY, record.as_bytes())

    def remembered(self, instance_id: str | None) -> object:
        """The last valid request of this instance, as it was written; None when there is none."""
        try:
            found = json.loads(read_limited(self._root / _REQUEST, _MAX_BYTES))
        except (OSError, ValueError):
            return None
        is_same = isinstance(found, dict) and instance_id and found.get("instance-id") == instance_id
        return found.get("k0s") if is_same else None

    def remember(self, instance_id: str | None, k0s: Mapping[str, object], token: str | None) -> None:
        """Keeps a valid request, with its token in it: a token-file may be gone tomorrow."""
        kept = {key: value for key, value in k0s.items() if key != "token-file"}
        if token is not None:
            kept["token"] = token
        data = {"instance-id": instance_id, "k0s": kept}
        self._write(_REQUEST, (json.dumps(data, indent=2) + "\n").encode())

    def carry_out(self, plan: Plan) -> None:
        """Writes what differs, then remembers that it was written."""
        for directory in plan.directories:
            make_directory(self._at(directory.path), directory.mode, self._uid, self._gid)
        for file in plan.files:
            self._write(file.path, file.data, file.mode)
        for path in plan.removals:
            self._at(path).unlink(missing_ok=True)
        self.write_record(plan.record)

    def read_file(self, path: str) -> bytes:
        """A file that somebody names."""
        return read_limited(self._at(path), 1024 * 1024)

    def _parts(self) -> list[Path]:
        found: list[Path] = []
        for directory, kept in _OF_CLUSTER.items():
            path = self._root / directory
            names = sorted(each.name for each in path.iterdir()) if path.is_dir() else []
            found += [path / name for name in names if name not in kept and not _is_empty(path / name)]
        return found

    def _cluster(self) -> str | None:
        try:
            text = read_limited(self._root / STATE / "pki/ca.crt", 65536).decode("ascii")
            return fingerprint(certificate_of(text))
        except (OSError, ValueError, PemProblem):
            return None

    def _new_aside(self) -> Path:
        aside = self._root / _ASIDE
        make_directory(aside, 0o700, self._uid, self._gid)
        number = len(list(aside.iterdir()))
        while (aside / str(number)).exists():
            number += 1
        make_directory(aside / str(number), 0o700, self._uid, self._gid)
        return aside / str(number)

    def _write(self, path: str, data: bytes, mode: int = 0o600) -> None:
        target = self._at(path)
        if not target.parent.is_dir():
            make_directory(target.parent, 0o700 if path.startswith("var/lib/kiln") else 0o755, self._uid, self._gid)
        write_atomic(target, data, mode, self._uid, self._gid)

    def _at(self, path: str) -> Path:
        return self._root / path.lstrip("/")


def _is_empty(path: Path) -> bool:
    """Directories that tmpfiles.d makes at each boot are no state."""
    return path.is_dir() and not path.is_symlink() and not any(path.iterdir())
