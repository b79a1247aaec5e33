"""What a request means for the disk: files, and what k0s is started with. Pure."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kiln.identity import Identity, Record
from kiln.k0s_arguments import CONFIG_FILE, TOKEN_FILE, arguments_of, environment_file, unit_of
from kiln.pki import PAIRS
from kiln.request_model import Request

STATE = "/var/lib/k0s"
ENVIRONMENT_FILE = "/run/kiln/k0s.env"


@dataclass(frozen=True)
class Directory:
    """A directory that has to be there."""

    path: str
    mode: int


@dataclass(frozen=True)
class File:
    """A file that has to have these bytes. They may be secret."""

    path: str
    data: bytes
    mode: int = 0o600

    def __repr__(self) -> str:
        return f"File({self.path}, {len(self.data)} bytes, {self.mode:o})"


@dataclass(frozen=True)
class Plan:
    """Everything that is done, in this order, before `unit` is started."""

    directories: tuple[Directory, ...]
    files: tuple[File, ...]
    removals: tuple[str, ...]
    record: Record
    unit: str


def config_file(request: Request) -> File | None:
    """k0s's configuration. JSON is YAML, and all who read it agree on what in it is text."""
    if request.config is None:
        return None
    return File(CONFIG_FILE, (json.dumps(request.config.document, indent=2) + "\n").encode())


def plan_of(
    request: Request, identity: Identity, record: Record | None, pki_on_disk: Collection[str], joins: bool
) -> Plan:
    """
    `record` is of the same identity; `pki_on_disk` are the names below its pki directory. `joins` is
    false for a first controller that starts the cluster.
    """
    config, token = config_file(request), request.token if joins else None
    pki = _pki_files(request, record, pki_on_disk)
    manifests = tuple(
        File(f"{STATE}/manifests/{path}", text.encode()) for path, text in request.manifests.items()
    )
    files = (
        *pki,
        *manifests,
        *((config,) if config else ()),
        *((File(TOKEN_FILE, token.text.encode()),) if token else ()),
        File(ENVIRONMENT_FILE, environment_file(arguments_of(request, token is not None))),
    )
    placed = set(record.manifests if record else ()) - set(request.manifests)
    new_record = Record(
        identity=identity,
        pki=_digests(_used_pki(request)),
        manifests=tuple(request.manifests),
        validated=record.validated if record else "",
    )
    return Plan(
        directories=_directories(request),
        files=files,
        removals=tuple(f"{STATE}/manifests/{path}" for path in sorted(placed)),
        record=new_record,
        unit=unit_of(request),
    )


def _directories(request: Request) -> tuple[Directory, ...]:
    """k0s gives its own the same modes."""
    found = [Directory("/etc/k0s", 0o755), Directory(STATE, 0o755)]
    if request.pki:
        found.append(Directory(f"{STATE}/pki", 0o751))
    if "etcd/ca.crt" in _used_pki(request):
        found.append(Directory(f"{STATE}/pki/etcd", 0o711))
    if request.manifests:
        found.append(Directory(f"{STATE}/manifests", 0o755))
    stacks = sorted({path.partition("/")[0] for path in request.manifests})
    return (*found, *(Directory(f"{STATE}/manifests/{stack}", 0o755) for stack in stacks))


def _pki_files(request: Request, record: Record | None, on_disk: Collection[str]) -> tuple[File, ...]:
    """
    A pair is written when it is not whole, or when the seed has another than last time. Otherwise what
    is there stays: somebody may have renewed it since, and k0s has given the keys to their users.
    """
    digests = _digests(_used_pki(request))
    files: list[File] = []
    for pair in PAIRS:
        digest = digests.get(pair[0])
        is_whole = all(name in on_disk for name in pair)
        is_placed = record is not None and record.pki.get(pair[0]) == digest
        if digest is None or (is_whole and is_placed):
            continue
        for name in pair:
            mode = 0o600 if name.endswith(".key") else 0o644
            files.append(File(f"{STATE}/pki/{name}", request.pki[name].encode(), mode))
    return tuple(files)


def _used_pki(request: Request) -> Mapping[str, str]:
    """Without etcd's CA where no etcd runs: a seed may be made from all that a site has."""
    if request.runs_etcd:
        return request.pki
    return {name: text for name, text in request.pki.items() if not name.startswith("etcd/")}


def _digests(pki: Mapping[str, str]) -> dict[str, str]:
    return {
        pair[0]: hashlib.sha256("".join(pki[name] for name in pair).encode()).hexdigest()
        for pair in PAIRS
        if pair[0] in pki
    }
