"""Who the box is to its cluster. What k0s keeps in /var belongs to one identity, and to no other."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from kiln.request_model import Request


@dataclass(frozen=True)
class Identity:
    """A member of a cluster."""

    cluster: str | None
    """Fingerprint of the cluster's CA; None for a cluster that makes its own."""

    kind: str
    """A controller may become a worker too and keep its state: for that, both are of one kind."""

    name: str


@dataclass(frozen=True)
class Record:
    """What Kiln remembers of its last work on the box's state, /var/lib/kiln/provision/identity.json."""

    identity: Identity
    pki: Mapping[str, str] = field(default_factory=dict)
    """Digest of each pair as it was placed, by the name of its first file."""

    manifests: tuple[str, ...] = ()
    validated: str = ""
    """Digest of the configuration that k0s found valid, and of k0s."""

    def as_bytes(self) -> bytes:
        """The file."""
        return (json.dumps(asdict(self), indent=2) + "\n").encode()


def identity_of(request: Request, name: str) -> Identity:
    """The identity that a request asks for, on a box with this name."""
    kind = "controller" if request.role.startswith("controller") else request.role
    authority = request.authority
    return Identity(fingerprint(authority) if authority else None, kind, name)


def fingerprint(certificate: bytes) -> str:
    """The usual fingerprint of a certificate."""
    return hashlib.sha256(certificate).hexdigest()


def record_of(data: bytes) -> Record | None:
    """The record in a file; None when it is none, as when somebody has edited it."""
    try:
        found = json.loads(data)
        identity = Identity(**found["identity"])
        return Record(identity, dict(found["pki"]), tuple(found["manifests"]), str(found["validated"]))
    except (ValueError, KeyError, TypeError):
        return None


def owns(wanted: Identity, recorded: Identity | None, cluster_on_disk: str | None) -> bool:
    """
    Whether the state on the disk is that of the wanted identity. `recorded` is whose it was, if that is
    known, and `cluster_on_disk` the fingerprint of the CA that is there.
    """
    if recorded and (recorded.kind, recorded.name) != (wanted.kind, wanted.name):
        return False
    if recorded is None and wanted.kind == "worker":
        # Nothing tells what a worker without a record belonged to.
        return False
    of_disk = (recorded.cluster if recorded else None) or cluster_on_disk
    return wanted.cluster is None or of_disk is None or wanted.cluster == of_disk
