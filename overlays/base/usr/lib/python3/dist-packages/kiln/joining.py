"""
The server that a box joins, from its token. k0s itself is silent for minutes when it cannot join.

`join_token` judges tokens of seeds; this only finds what is in one that was judged, since what reads YAML
would stay in the memory of the process that watches the box.
"""

import re
import zlib
from binascii import Error as Base64Error
from binascii import a2b_base64
from pathlib import Path

from kiln.probe import Endpoint

TOKEN = Path("/etc/k0s/token")
STATE = Path("/var/lib/k0s")

_LIMIT = 64 * 1024
_UNPACKED_LIMIT = 256 * 1024
# A kubeconfig is YAML; in every form of it these three look like this.
# The address of IPv6 is in brackets.
_SERVER = re.compile(
    r"""\bserver["']?\s*:\s*["']?https://(?:\[([0-9A-Fa-f:.]+)\]|([^\s\[\]"',}:/]+))"""
    r"""(?::([0-9]{1,5}))?(?=[\s"',}/]|$)"""
)
_CA = re.compile(r"""\bcertificate-authority-data["']?\s*:\s*["']?([A-Za-z0-9+/=]+)""")
_SECRET = re.compile(r"""\btoken["']?\s*:\s*["']?([a-z0-9]{6}\.[a-z0-9]{16})\b""")


def endpoint_to_join(is_controller: bool, token: Path = TOKEN, state: Path = STATE) -> Endpoint | None:
    """Where this box has to join, or None when it has done so, or has no token that can be read."""
    joined = "etcd/member/snap/db" if is_controller else "kubelet.conf"
    return None if (state / joined).exists() else endpoint_of_token(_read(token))


def endpoint_joined(state: Path = STATE) -> Endpoint | None:
    """The API that a worker has joined, or None when it has not."""
    return endpoint_of_kubeconfig(_read(state / "kubelet.conf").decode("utf-8", "replace"))


def api_of_controller(pki: Path = STATE / "pki") -> Endpoint:
    """The API that this box itself runs, as its administrator."""
    found = endpoint_of_kubeconfig(_read(pki / "admin.conf").decode("utf-8", "replace"))
    host, port = (found.host, found.port) if found else ("localhost", 6443)
    ca = _read(pki / "ca.crt").decode("utf-8", "replace")
    has_key = (pki / "admin.crt").exists() and (pki / "admin.key").exists()
    certificate, key = (str(pki / "admin.crt"), str(pki / "admin.key")) if has_key else ("", "")
    return Endpoint(host, port, ca, certificate=certificate, key=key)


def endpoint_of_token(token: bytes) -> Endpoint | None:
    """The server of a k0s join token (base64 of a packed kubeconfig), None when it is no token. Pure."""
    try:
        unpacked = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(a2b_base64(token), _UNPACKED_LIMIT)
        text = unpacked.decode()
    except (Base64Error, zlib.error, ValueError):
        return None
    return endpoint_of_kubeconfig(text)


def endpoint_of_kubeconfig(text: str) -> Endpoint | None:
    """The server, its CA and the bearer token of a kubeconfig, None when they are not there. Pure."""
    server, authority, secret = (pattern.search(text) for pattern in (_SERVER, _CA, _SECRET))
    if server is None or authority is None:
        return None
    host, port = server.group(1) or server.group(2), int(server.group(3) or 443)
    try:
        ca = a2b_base64(authority.group(1)).decode()
    except ValueError:
        return None
    return Endpoint(host, port, ca, bearer=secret.group(1) if secret else "")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LIMIT)
    except OSError:
        return b""
