"""Asks servers for one thing and says what came of it. Nothing here waits longer than it is told to."""

import re
import socket
from typing import NamedTuple

ANSWERED = "answered"
UNREACHABLE = "unreachable"
UNTRUSTED = "untrusted"
TOO_EARLY = "too early"

_LIMIT = 1024 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_TLS_NOT_YET_VALID = 9


class Reply(NamedTuple):
    """What came of a question: an HTTP status and body, or the reason why there is none."""

    outcome: str
    status: int = 0
    body: bytes = b""
    reason: str = ""

    @property
    def good(self) -> bool:
        return self.outcome == ANSWERED and 200 <= self.status < 300


class Endpoint(NamedTuple):
    """A server that is trusted by its CA, and how to be known there. Not to be printed: it has a secret."""

    host: str
    port: int
    ca: str = ""
    bearer: str = ""
    certificate: str = ""
    key: str = ""

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}"

    def __repr__(self) -> str:
        return f"Endpoint({self.url})"


def ask_unix(path: str, target: str, timeout: float = 3) -> Reply:
    """GET over HTTP on a Unix socket."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(path)
            return _get(connection, "localhost", target)
    except OSError as error:
        return _unreachable(error)


def ask_plain(host: str, port: int, target: str, timeout: float = 3) -> Reply:
    """GET over HTTP."""
    try:
        with socket.create_connection((host, port), timeout) as connection:
            return _get(connection, host, target)
    except OSError as error:
        return _unreachable(error)


def ask_tls(endpoint: Endpoint, target: str, timeout: float = 5, body: bool = True) -> Reply:
    """GET over HTTPS, from a server with a certificate of the endpoint's CA; `body` is whether to read it."""
    # Loading it takes as long as everything else here: workers that have joined never need it.
    import ssl

    if not endpoint.ca:
        return Reply(UNREACHABLE, reason="there is no CA to trust it by")
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=endpoint.ca)
        if endpoint.certificate:
            context.load_cert_chain(endpoint.certificate, endpoint.key)
        with socket.create_connection((endpoint.host, endpoint.port), timeout) as connection:
            with context.wrap_socket(connection, server_hostname=endpoint.host) as secured:
                return _get(secured, endpoint.host, target, endpoint.bearer, body)
    except ssl.SSLCertVerificationError as error:
        outcome = TOO_EARLY if error.verify_code == _TLS_NOT_YET_VALID else UNTRUSTED
        return Reply(outcome, reason=str(error.verify_message))
    except ssl.SSLError as error:
        return Reply(UNTRUSTED, reason=str(error.reason or error))
    except OSError as error:
        return _unreachable(error)


def _get(connection: socket.socket, host: str, target: str, bearer: str = "", body: bool = True) -> Reply:
    head = [f"GET {target} HTTP/1.0", f"Host: {host}", "User-Agent: kiln", "Connection: close"]
    if bearer:
        head.append(f"Authorization: Bearer {bearer}")
    connection.sendall("\r\n".join([*head, "", ""]).encode())
    received = b""
    while len(received) < _LIMIT:
        part = connection.recv(65536)
        received += part
        if not part or (not body and b"\r\n" in received):
            break
    status = _STATUS.match(received)
    if status is None:
        return Reply(UNREACHABLE, reason="it does not speak HTTP")
    return Reply(ANSWERED, int(status.group(1)), received.partition(b"\r\n\r\n")[2])


def _unreachable(error: OSError) -> Reply:
    if isinstance(error, TimeoutError):
        return Reply(UNREACHABLE, reason="no answer in time")
    return Reply(UNREACHABLE, reason=error.strerror or str(error))
