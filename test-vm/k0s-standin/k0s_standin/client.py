"""Requests to servers, with errors in the words of k0s's own clients."""

import re
import socket
import ssl
from typing import NamedTuple

from k0s_standin.addresses import with_port
from k0s_standin.http import Response, read_response, write_request

URL = re.compile(r"https://(?P<host>\[[0-9A-Fa-f:.]+\]|[^][:/?#@\s]+)(:(?P<port>\d{1,5}))?/?")

# OpenSSL's codes (X509_V_ERR_*)
EXPIRED, NOT_YET_VALID, WRONG_HOST, WRONG_IP = 10, 9, 62, 64


class Unreachable(Exception):
    """No answer came; the message is that of Go's HTTP client."""


class Server(NamedTuple):
    """A server by its address, and how it is trusted."""

    host: str
    port: int
    tls: ssl.SSLContext

    @property
    def url(self) -> str:
        return f"https://{with_port(self.host, self.port)}"


def trust(authority: bytes, identity: str = "", key: str = "") -> ssl.SSLContext:
    """What makes a connection: the server's authority, and a client certificate by its files.

    Only the chain, the time and the name are checked, as Go does: an authority without key identifiers is as good.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=authority.decode("ascii"))
        if identity:
            context.load_cert_chain(identity, key or None)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise Unreachable(f"tls: unusable certificate: {error}") from None
    return context


def server_of(url: str, tls: ssl.SSLContext) -> Server:
    """The server of an https URL."""
    found = URL.fullmatch(url)
    if found is None:
        raise Unreachable(f'parse "{url}": no https address')
    return Server(found["host"].strip("[]"), int(found["port"] or 443), tls)


def call(
    server: Server,
    method: str,
    path: str,
    body: bytes = b"",
    *,
    bearer: str = "",
    kind: str = "application/json",
    patience: float = 10.0,
) -> Response:
    """Sends one request; Unreachable when there is no answer, any status is an answer."""
    headers: dict[str, str] = {"Accept": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    if body:
        headers["Content-Type"] = kind
    try:
        with socket.create_connection((server.host, server.port), patience) as plain:
            with server.tls.wrap_socket(plain, server_hostname=server.host) as stream:
                write_request(stream, method, path, with_port(server.host, server.port), body, headers)
                return read_response(stream)
    except (OSError, ValueError) as error:
        action = f'{method.capitalize()} "{server.url}{path}"'
        raise Unreachable(f"{action}: {_told(error, server)}") from None


def call_socket(path: str, method: str, target: str, body: bytes = b"") -> Response:
    """The same through a unix socket; OSError when nobody listens."""
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(10.0)
        stream.connect(path)
        write_request(stream, method, target, "localhost", body, {})
        return read_response(stream)


def _told(error: Exception, server: Server) -> str:
    where = f"dial tcp {with_port(server.host, server.port)}"
    match error:
        case ssl.SSLCertVerificationError():
            return f"tls: failed to verify certificate: {_distrust(error, server)}"
        case ssl.SSLError():
            return f"remote error: tls: {(error.reason or str(error)).lower().replace('_', ' ')}"
        case TimeoutError():
            return f"{where}: i/o timeout"
        case socket.gaierror():
            return f"dial tcp: lookup {server.host}: no such host"
        case OSError():
            return f"{where}: connect: {(error.strerror or str(error)).lower()}"
        case _:
            return str(error)


def _distrust(error: ssl.SSLCertVerificationError, server: Server) -> str:
    if error.verify_code in (EXPIRED, NOT_YET_VALID):
        return "x509: certificate has expired or is not yet valid"
    if error.verify_code in (WRONG_HOST, WRONG_IP):
        return f"x509: certificate is valid for other names, not {server.host}"
    return "x509: certificate signed by unknown authority"
