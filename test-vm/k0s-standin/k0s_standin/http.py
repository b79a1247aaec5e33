"""HTTP/1.1 with one request for each connection: as little of it as servers and clients here need."""

import json
import os
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple

from k0s_standin.failure import Failure
from k0s_standin.log import Log

MOST_HEADER, MOST_BODY = 64 << 10, 4 << 20
PATIENCE = 15.0
BACKLOG = 128
REASONS = {
    200: "OK",
    201: "Created",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    410: "Gone",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Subject(NamedTuple):
    """Who a client certificate names."""

    name: str
    groups: tuple[str, ...]


class Request(NamedTuple):
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    subject: Subject | None

    @property
    def bearer(self) -> str:
        """The bearer token, or nothing."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def object(self) -> dict[str, object]:
        """The body as a JSON object; ValueError for any other."""
        value = json.loads(self.body)
        if not isinstance(value, dict):
            raise ValueError("the body is no JSON object")
        return value


class Response(NamedTuple):
    status: int
    body: bytes
    kind: str = "application/json"

    @property
    def line(self) -> str:
        """`401 Unauthorized`"""
        return f"{self.status} {REASONS.get(self.status, 'Unknown')}"

    def object(self) -> dict[str, object]:
        """The body as a JSON object; empty when it is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


Handler = Callable[[Request], Response]


def answer(value: object, status: int = 200) -> Response:
    return Response(status, json.dumps(value).encode() + b"\n")


def plain(text: str, status: int = 200) -> Response:
    return Response(status, text.encode(), "text/plain; charset=utf-8")


def open_port(address: str, port: int) -> socket.socket:
    """A listening socket; the empty address is every address of both families."""
    try:
        if address:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            return socket.create_server((address, port), family=family, backlog=BACKLOG)
        if socket.has_dualstack_ipv6():
            return socket.create_server(("", port), family=socket.AF_INET6, backlog=BACKLOG, dualstack_ipv6=True)
        return socket.create_server(("", port), backlog=BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise Failure(f"listen tcp {address}:{port}: bind: {reason}") from None


def serve(listener: socket.socket, handler: Handler, log: Log, tls: ssl.SSLContext | None = None) -> None:
    """Answers requests in threads until the program ends."""

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_converse, args=(connection, handler, log, tls), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def read_request(stream: socket.socket, subject: Subject | None = None) -> Request:
    """One request; ValueError for what is none."""
    head, body = _read_head(stream)
    line, *lines = head.split("\r\n")
    method, target, _ = line.split(" ", 2)
    headers = _headers(lines)
    path, _, query = target.partition("?")
    pairs = [each.partition("=") for each in query.split("&") if each]
    wanted = int(headers.get("content-length", "0"))
    body = _read_body(stream, body, wanted)
    return Request(method, path, {key: value for key, _, value in pairs}, headers, body, subject)


def read_response(stream: socket.socket) -> Response:
    """One response, to its end."""
    head, body = _read_head(stream)
    line, *lines = head.split("\r\n")
    headers = _headers(lines)
    wanted = int(headers.get("content-length", "0"))
    return Response(int(line.split(" ")[1]), _read_body(stream, body, wanted), headers.get("content-type", ""))


def write_request(
    stream: socket.socket, method: str, path: str, host: str, body: bytes, headers: Mapping[str, str]
) -> None:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", f"Content-Length: {len(body)}"]
    lines += [f"{key}: {value}" for key, value in headers.items()]
    stream.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def _converse(connection: socket.socket, handler: Handler, log: Log, tls: ssl.SSLContext | None) -> None:
    """One connection from its first byte to its last; what a client does wrong ends only this one."""
    try:
        connection.settimeout(PATIENCE)
        stream = tls.wrap_socket(connection, server_side=True) if tls else connection
        with stream:
            request = read_request(stream, _subject(stream))
            response = _handled(handler, request, log)
            head = f"HTTP/1.1 {response.line}\r\nContent-Type: {response.kind}\r\n"
            head += f"Content-Length: {len(response.body)}\r\nConnection: close\r\n\r\n"
            stream.sendall(head.encode() + response.body)
    except (OSError, ValueError) as error:
        log.debug(f"a connection ended early: {error}")
    finally:
        connection.close()


def _handled(handler: Handler, request: Request, log: Log) -> Response:
    try:
        response = handler(request)
    except ValueError as error:
        response = plain(f"bad request: {error}\n", 400)
    except Exception as error:  # A mistake in one handler must not end the server; it is told like k0s's own panics.
        log.error(f"{request.method} {request.path}: {type(error).__name__}: {error}")
        response = plain("internal error\n", 500)
    log.debug(f"{request.method} {request.path}: {response.line}")
    return response


def _subject(stream: socket.socket) -> Subject | None:
    """The subject of a verified client certificate."""
    certificate = stream.getpeercert() if isinstance(stream, ssl.SSLSocket) else None
    if not certificate:
        return None
    pairs = [pair for part in certificate.get("subject", ()) for pair in part]
    names = [value for key, value in pairs if key == "commonName"]
    groups = tuple(value for key, value in pairs if key == "organizationName")
    return Subject(names[-1] if names else "", groups)


def _read_head(stream: socket.socket) -> tuple[str, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        more = stream.recv(65536)
        if not more:
            raise ValueError("EOF")
        data += more
        if len(data) > MOST_HEADER + MOST_BODY:
            raise ValueError("header too large")
    head, _, body = data.partition(b"\r\n\r\n")
    return head.decode("latin-1"), body


def _read_body(stream: socket.socket, body: bytes, wanted: int) -> bytes:
    if wanted > MOST_BODY:
        raise ValueError("body too large")
    parts, have = [body], len(body)
    while have < wanted:
        more = stream.recv(65536)
        if not more:
            raise ValueError("unexpected EOF")
        parts.append(more)
        have += len(more)
    return b"".join(parts)


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = [line.partition(":") for line in lines]
    return {key.strip().lower(): value.strip() for key, _, value in pairs}
