"""A controller as a peer sees it: TLS with a certificate of a site, and the list of etcd's members."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

import samples


class TlsPeer:
    """Listens on 127.0.0.1 while it is entered; `port` is its port."""

    def __init__(self, certificate: str = "server", members: object = None) -> None:
        self.requests: list[str] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(
            samples.FIXTURES / f"{certificate}.crt", samples.FIXTURES / f"{certificate}.key"
        )
        context.load_verify_locations(samples.FIXTURES / "ca.crt")
        context.verify_mode = ssl.CERT_OPTIONAL
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.requests, members))
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> "TlsPeer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def member(address: str) -> dict[str, object]:
    """A member as etcd shows it to its peers."""
    return {"id": 1, "peerURLs": [f"https://{address}:2380"], "name": "c", "clientURLs": ["https://127.0.0.1:2379"]}


def _handler(requests: list[str], members: object) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            connection = self.connection
            assert isinstance(connection, ssl.SSLSocket)
            is_known = bool(connection.getpeercert())
            requests.append(f"{'known' if is_known else 'unknown'} {self.path}")
            body = json.dumps(members).encode()
            self.send_response(200 if is_known else 403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
