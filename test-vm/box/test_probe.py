import os
import socket
import ssl
import tempfile
import threading
import unittest
from collections.abc import Callable
from pathlib import Path

from kiln import probe
from kiln.joining import api_of_controller, endpoint_joined, endpoint_of_token, endpoint_to_join
from kiln.probe import ANSWERED, UNREACHABLE, UNTRUSTED, Endpoint, ask_plain, ask_tls, ask_unix
from samples import CONTROLLER_TOKEN, FIXTURES, WORKER_TOKEN, packed, pem

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers one connection on localhost, or a Unix socket, with fixed bytes; None: it says nothing."""

    def __init__(self, answer: bytes | None, certificate: str = "", path: str = "") -> None:
        family = socket.AF_UNIX if path else socket.AF_INET
        self.listener = socket.socket(family)
        self.listener.bind(path or ("127.0.0.1", 0))
        self.listener.listen()
        self.port = 0 if path else self.listener.getsockname()[1]
        self.asked = b""
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.serve, args=(answer, certificate), daemon=True)
        self.thread.start()

    def serve(self, answer: bytes | None, certificate: str) -> None:
        try:
            connection, _ = self.listener.accept()
            with connection:
                if certificate:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(FIXTURES / f"{certificate}.crt", FIXTURES / f"{certificate}.key")
                    connection = context.wrap_socket(connection, server_side=True)
                self.asked = connection.recv(65536)
                if answer is None:
                    self.done.wait(5)
                else:
                    connection.sendall(answer)
                connection.close()
        except OSError:
            pass

    def stop(self) -> None:
        self.done.set()
        # Wakes a thread that waits for somebody.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)


class Probing(unittest.TestCase):
    def server(self, answer: bytes | None, certificate: str = "", path: str = "") -> Server:
        server = Server(answer, certificate, path)
        self.addCleanup(server.stop)
        return server

    def tls(self, server: Server, ca: str = "ca.crt", bearer: str = "", body: bool = True) -> probe.Reply:
        return ask_tls(Endpoint("localhost", server.port, pem(ca), bearer), "/readyz", 5, body)

    def test_an_answer_has_status_and_body(self) -> None:
        for ask in self.every_way(HELLO):
            reply = ask()
            self.assertEqual((reply.outcome, reply.status, reply.body), (ANSWERED, 200, b"ok"))
            self.assertTrue(reply.good)
        for ask in self.every_way(b"HTTP/1.0 401 Unauthorized\r\n\r\n"):
            reply = ask()
            self.assertEqual((reply.outcome, reply.status, reply.good), (ANSWERED, 401, False))

    def test_what_is_no_http_is_no_answer(self) -> None:
        for answer in (b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 OK"):
            for ask in self.every_way(answer):
                self.assertEqual(ask().outcome, UNREACHABLE)

    def every_way(self, answer: bytes) -> list[Callable[[], probe.Reply]]:
        path = str(Path(tempfile.mkdtemp()) / "socket")
        self.addCleanup(lambda: (os.unlink(path), os.rmdir(os.path.dirname(path))))
        plain, secured = self.server(answer), self.server(answer, "server")
        self.server(answer, path=path)
        return [
            lambda: ask_plain("127.0.0.1", plain.port, "/healthz"),
            lambda: self.tls(secured),
            lambda: ask_unix(path, "/status"),
        ]

    def test_the_token_is_sent_and_the_body_may_be_left(self) -> None:
        server = self.server(HELLO + b"x" * 100_000, "server")
        reply = self.tls(server, bearer="abcdef.0123456789abcdef", body=False)
        self.assertEqual((reply.outcome, reply.status), (ANSWERED, 200))
        self.assertIn(b"\r\nAuthorization: Bearer abcdef.0123456789abcdef\r\n", server.asked)

    def test_a_token_is_sent_to_nobody_who_is_not_trusted(self) -> None:
        server = self.server(HELLO, "other-server")
        reply = self.tls(server, bearer="abcdef.0123456789abcdef")
        self.assertEqual(reply.outcome, UNTRUSTED)
        self.assertNotIn(b"abcdef", server.asked)

    def test_a_server_that_speaks_no_tls_is_not_trusted(self) -> None:
        self.assertEqual(self.tls(self.server(b"HTTP/1.0 400 Bad Request\r\n\r\n")).outcome, UNTRUSTED)

    def test_nobody_there(self) -> None:
        server = Server(HELLO)
        server.stop()
        for reply in (self.tls(server), ask_plain("127.0.0.1", server.port, "/")):
            self.assertEqual((reply.outcome, reply.reason), (UNREACHABLE, "Connection refused"))
        self.assertEqual(ask_unix("/nonexistent", "/").outcome, UNREACHABLE)
        self.assertEqual(ask_tls(Endpoint("127.0.0.1", server.port), "/").outcome, UNREACHABLE)

    def test_a_silent_server_is_not_waited_for(self) -> None:
        reply = ask_plain("127.0.0.1", self.server(None).port, "/", timeout=0.2)
        self.assertEqual((reply.outcome, reply.reason), (UNREACHABLE, "no answer in time"))

    def test_an_endpoint_does_not_show_its_secret(self) -> None:
        endpoint = Endpoint("fd00::1", 6443, bearer="abcdef.0123456789abcdef")
        self.assertEqual(repr(endpoint), "Endpoint(https://[fd00::1]:6443)")


class Joining(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.state = Path(directory.name)
        self.token = self.state / "token"

    def test_a_token_says_where(self) -> None:
        found = endpoint_of_token(WORKER_TOKEN.encode())
        expected = Endpoint("10.0.0.10", 6443, pem("ca.crt"), "abcdef.0123456789abcdef")
        self.assertEqual(found, expected)

    def test_kubeconfigs_in_plain_yaml_are_read_too(self) -> None:
        lines = ["  cluster:", '    server: "https://[fd00::1]"', "    certificate-authority-data: AAAA"]
        (self.state / "kubelet.conf").write_text("\n".join([*lines, "    client-certificate: /x"]))
        self.assertEqual(endpoint_joined(self.state), Endpoint("fd00::1", 443, "\0\0\0"))

    def test_what_is_no_token_leads_nowhere(self) -> None:
        for text in ("", "rubbish", "AAAA", WORKER_TOKEN[:100], packed({}), packed("x" * 10_000_000)):
            self.assertIsNone(endpoint_of_token(text.encode()))

    def test_who_has_joined_joins_no_more(self) -> None:
        self.assertIsNone(endpoint_to_join(False, self.token, self.state))
        self.token.write_text(WORKER_TOKEN)
        self.assertIsNotNone(endpoint_to_join(False, self.token, self.state))
        (self.state / "kubelet.conf").write_text("")
        self.assertIsNone(endpoint_to_join(False, self.token, self.state))
        self.token.write_text(CONTROLLER_TOKEN)
        self.assertIsNotNone(endpoint_to_join(True, self.token, self.state))
        (self.state / "etcd/member/snap").mkdir(parents=True)
        (self.state / "etcd/member/snap/db").touch()
        self.assertIsNone(endpoint_to_join(True, self.token, self.state))

    def test_a_controller_asks_its_own_api(self) -> None:
        self.assertEqual(api_of_controller(self.state).url, "https://localhost:6443")
        config = "    server: https://10.0.0.11:7443\n    certificate-authority-data: AAAA\n"
        for name, text in (("admin.conf", config), ("ca.crt", "CA"), ("admin.crt", ""), ("admin.key", "")):
            (self.state / name).write_text(text)
        certificate, key = str(self.state / "admin.crt"), str(self.state / "admin.key")
        expected = Endpoint("10.0.0.11", 7443, "CA", certificate=certificate, key=key)
        self.assertEqual(api_of_controller(self.state), expected)


if __name__ == "__main__":
    unittest.main()
