"""
The seed that the box lives from: /var/lib/kiln/seed is a link to the directory that holds it, so that
at any moment the old one or the new one is there, whole. Secrets are in it: 0700, files 0600.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kiln.files import make_directory, sync_directory, write_atomic
from kiln.seed_files import NOCLOUD, Seed, digest_of

STATE = Path("/var/lib/kiln")
NAME = "seed"
# The whole metadata as NoCloud has it, for Kiln alone: cloud-init's copy is without the k0s key.
METADATA = "metadata.json"
_STORE = "seeds"
_RECORD = "seed.json"


class DamagedError(Exception):
    """There was a seed, and it cannot be read any more."""


@dataclass(frozen=True)
class Record:
    """What is known of a seed besides its files."""

    kind: str
    source: str
    instance_id: str
    digest: str
    """Of the files as they were found."""

    stored: str
    """Of the files as they are kept."""

    files: tuple[str, ...]
    warnings: tuple[Mapping[str, str], ...] = ()
    address: str | None = None
    """Where it came from over the network, with its secrets."""


def make_record(
    seed: Seed, instance_id: str, warnings: Sequence[Mapping[str, str]] = (), address: str | None = None
) -> Record:
    """The record of a seed that was examined."""
    kept = as_kept(seed)
    stored, names = digest_of(seed.kind, kept), tuple(sorted(kept))
    return Record(seed.kind, seed.source, instance_id, seed.digest(), stored, names, tuple(warnings), address)


def as_kept(seed: Seed) -> Mapping[str, bytes]:
    """
    The files as cloud-init gets them. The metadata is without the k0s key, for cloud-init shows metadata to
    everybody (instance-data.json). Network-config becomes JSON: a MAC address of digits, unquoted, would be a
    number to cloud-init's YAML.
    """
    layout = seed.layout
    files = {**seed.files, layout.meta_data: _without_k0s(seed.files[layout.meta_data], layout.meta_data)}
    if seed.kind == NOCLOUD and layout.network in files:
        from kiln.strict_yaml import load as load_yaml

        value = load_yaml(files[layout.network], layout.network)
        files[layout.network] = json.dumps(value, ensure_ascii=False).encode()
    return files


def _without_k0s(data: bytes, name: str) -> bytes:
    from kiln.problem import near
    from kiln.strict_yaml import load as load_yaml

    def rest_of(value: Mapping[str, object]) -> dict[str, object]:
        # One that is only nearly the key is a mistake, and has the same secrets.
        return {key: item for key, item in value.items() if not near("k0s", [str(key)])}

    value = load_yaml(data, name)
    if not isinstance(value, Mapping):
        return data
    rest, meta = rest_of(value), value.get("meta")
    if isinstance(meta, Mapping):
        # OpenStack's place for what users say of an instance.
        rest["meta"] = rest_of(meta)
    return data if rest == value else json.dumps(rest, ensure_ascii=False).encode()


def write(directory: Path, seed: Seed, record: Record, meta_data: Mapping[str, object]) -> None:
    """Writes a seed's files and its record into a directory, on disk when it returns."""
    make_directory(directory, 0o700)
    files = dict(as_kept(seed))
    if seed.kind == NOCLOUD:
        # cloud-init insists on it.
        files.setdefault("user-data", b"")
    files[METADATA] = json.dumps(meta_data).encode()
    for name, data in files.items():
        path = directory / name
        for parent in reversed(path.relative_to(directory).parents[:-1]):
            make_directory(directory / parent, 0o700)
        write_atomic(path, data)
    text = {
        "kind": record.kind,
        "source": record.source,
        "instance-id": record.instance_id,
        "sha256": record.digest,
        "stored": record.stored,
        "files": list(record.files),
        "warnings": list(record.warnings),
        "address": record.address,
    }
    write_atomic(directory / _RECORD, json.dumps(text, indent=2).encode())


def remember(seed: Seed, record: Record, meta_data: Mapping[str, object], state: Path = STATE) -> None:
    """Makes this the seed of the box; the one before is deleted once it is on disk."""
    store = state / _STORE
    make_directory(store, 0o700)
    target = store / record.digest[:32]
    # What a run that was cut off left under the name may be incomplete.
    if _target(state) != target:
        shutil.rmtree(target, ignore_errors=True)
    write(target, seed, record, meta_data)
    sync_directory(store)
    fresh = state / f".{NAME}.new"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target.relative_to(state))
    os.replace(fresh, state / NAME)
    sync_directory(state)
    forget_others(state)


def forget_others(state: Path = STATE) -> None:
    """Deletes what no seed leads to: older seeds, and what a cut of power left."""
    current = _target(state)
    store = state / _STORE
    if not store.is_dir():
        return
    for entry in store.iterdir():
        if entry != current:
            shutil.rmtree(entry, ignore_errors=True)


def load(state: Path = STATE) -> Record | None:
    """
    The record of the remembered seed, all of whose files are as they were; None when there is none.
    @raises DamagedError when there should be one
    """
    link = state / NAME
    if not link.is_symlink() and not link.exists():
        return None
    try:
        found = json.loads((link / _RECORD).read_bytes())
        record = Record(
            kind=found["kind"],
            source=found["source"],
            instance_id=found["instance-id"],
            digest=found["sha256"],
            stored=found["stored"],
            files=tuple(found["files"]),
            warnings=tuple(found["warnings"]),
            address=found["address"],
        )
        files = {name: (link / name).read_bytes() for name in record.files}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedError(str(error)) from error
    if digest_of(record.kind, files) != record.stored:
        raise DamagedError("a file of it has changed")
    return record


def _target(state: Path) -> Path | None:
    try:
        return state / os.readlink(state / NAME)
    except OSError:
        return None
