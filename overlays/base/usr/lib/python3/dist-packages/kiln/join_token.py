"""k0s's join tokens: base64 of gzip of a kubeconfig."""

import base64
import binascii
import re
import zlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from kiln.fields import at
from kiln.pem import PemProblem, certificate_of
from kiln.strict_yaml import YamlProblem, load

MAX_BYTES = 64 * 1024
WORKER = "kubelet-bootstrap"
CONTROLLER = "controller-bootstrap"

_HOW = "make one with `k0s token create --role {role}` on a controller, and copy it whole"
_TOKEN = re.compile(r"[a-z0-9]{6}\.[a-z0-9]{16}")


@dataclass(frozen=True)
class JoinToken:
    """What a token says. `text` is a secret."""

    text: str
    user: str
    host: str
    port: int
    authority: bytes
    """The certificate of the cluster's CA, DER."""

    def __repr__(self) -> str:
        return f"JoinToken({self.user} at {self.host}:{self.port})"


class TokenProblem(Exception):
    """Why a token cannot be used; never repeats a part of it."""


def parse_token(text: str, is_for_controller: bool) -> JoinToken:
    """The token for a role; raises TokenProblem."""
    role = "controller" if is_for_controller else "worker"
    compact = "".join(text.split())
    kubeconfig = _kubeconfig(compact, _HOW.format(role=role))
    cluster, user_name, user = _current(kubeconfig)
    wanted = CONTROLLER if is_for_controller else WORKER
    if user_name != wanted:
        raise TokenProblem(_wrong_user(user_name, role))
    secret = at(user, "token")
    if not isinstance(secret, str) or not _TOKEN.fullmatch(secret):
        raise TokenProblem(
            "holds a bootstrap token of the wrong form (6 and 16 small letters and digits, a dot between)"
        )
    host, port = _server(at(cluster, "server"))
    return JoinToken(compact, wanted, host, port, _authority(at(cluster, "certificate-authority-data")))


def _kubeconfig(compact: str, how: str) -> object:
    try:
        packed = base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):
        raise TokenProblem(f"is no join token: it is not base64; {how}") from None
    try:
        unpacker = zlib.decompressobj(wbits=31)
        plain = unpacker.decompress(packed, MAX_BYTES)
    except zlib.error:
        raise TokenProblem(f"is no join token: what base64 wraps is not gzip; {how}") from None
    if not unpacker.eof:
        what = "is larger than any join token" if len(plain) >= MAX_BYTES else "is cut off"
        raise TokenProblem(f"{what}; {how}")
    try:
        return load(plain, "kubeconfig")
    except YamlProblem:
        # Its message could hold a part of the secret.
        raise TokenProblem(f"holds no valid kubeconfig; {how}") from None


def _current(kubeconfig: object) -> tuple[object, str, object]:
    """The cluster and the user of the current context."""
    context = _named(kubeconfig, "contexts", at(kubeconfig, "current-context"), "context")
    cluster = _named(kubeconfig, "clusters", at(context, "cluster"), "cluster")
    user_name = at(context, "user")
    return cluster, str(user_name), _named(kubeconfig, "users", user_name, "user")


def _named(kubeconfig: object, group: str, name: object, kind: str) -> object:
    entries = at(kubeconfig, group)
    for entry in entries if isinstance(entries, list) else []:
        if name is not None and at(entry, "name") == name:
            return at(entry, kind)
    raise TokenProblem(f"holds a kubeconfig without the {kind} that its context names")


def _wrong_user(user_name: str, role: str) -> str:
    kinds = {WORKER: "a worker's", CONTROLLER: "a controller's"}
    whose = kinds.get(user_name, "for another use, not a join")
    return f"is {whose} token, and this box is a {role}; {_HOW.format(role=role)}"


def _server(url: object) -> tuple[str, int]:
    try:
        parts = urlsplit(str(url))
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme != "https" or not host:
        raise TokenProblem("holds no https:// address of a controller")
    return host, port or 443


def _authority(data: object) -> bytes:
    try:
        pem = base64.b64decode(str(data), validate=True)
        return certificate_of(pem.decode("ascii"))
    except (binascii.Error, ValueError, PemProblem):
        raise TokenProblem("holds no certificate of the cluster's CA") from None
