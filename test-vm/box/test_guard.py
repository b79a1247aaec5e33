import socket
import ssl
import unittest

import samples
from kiln.ask_peers import ask_peers, is_etcd_member
from kiln.guard import OTHER, SITE, UNKNOWN, Answer, Decision, decide, must_ask
from kiln.peers import peers_of
from kiln.request import check
from kiln.request_model import Request
from tls_peer import TlsPeer, member

CA = ssl.PEM_cert_to_DER_cert(samples.pem("ca.crt"))


def request_of(k0s: object) -> Request:
    request, problems = check(k0s)
    assert request is not None, problems
    return request


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Peers(unittest.TestCase):
    def check(self, k0s: dict[str, object], own: list[str], expected: list[str]) -> None:
        self.assertEqual(list(peers_of(request_of({**samples.FIRST, **k0s}), own)), expected)

    def test_nobody(self) -> None:
        self.check({}, [], [])

    def test_all_places_in_order_without_the_own(self) -> None:
        config = samples.config(
            api={
                "address": "10.0.0.11",
                "externalAddress": "k8s.site.example",
                "sans": ["10.0.0.12", "10.0.0.11", "C2.site.example", "127.0.0.1", "localhost", "*.x", "FD00:0::13"],
            },
            storage={
                "etcd": {
                    "peerAddress": "10.1.0.11",
                    "extraArgs": {"initial-cluster": "a=https://10.1.0.11:2380,b=https://[fd00::15]:2380"},
                }
            },
            network={
                "controlPlaneLoadBalancing": {
                    "enabled": True,
                    "keepalived": {"vrrpInstances": [{"virtualIPs": ["10.0.0.100/24"], "authPass": "x"}]},
                }
            },
        )
        self.check(
            {"config": config, "peers": ["10.0.0.14", "192.168.0.5"], "token": samples.CONTROLLER_TOKEN},
            ["192.168.0.5"],
            [
                "10.0.0.14",
                "10.0.0.10",
                "k8s.site.example",
                "10.0.0.100",
                "10.0.0.12",
                "c2.site.example",
                "fd00::13",
                "fd00::15",
            ],
        )


class Decisions(unittest.TestCase):
    SITE_ANSWER = Answer("10.0.0.12", 9443, SITE)
    FIRST = request_of(samples.FIRST)
    WITH_TOKEN = request_of({**samples.FIRST, "token": samples.CONTROLLER_TOKEN})

    def only_problem(self, decision: Decision) -> str:
        self.assertEqual(len(decision.problems), 1)
        return str(decision.problems[0])

    def test_only_a_first_controller_without_etcd_data_asks(self) -> None:
        self.assertTrue(must_ask(self.FIRST, has_member=False))
        self.assertFalse(must_ask(self.FIRST, has_member=True))
        self.assertFalse(must_ask(request_of(samples.OTHER), has_member=False))
        self.assertFalse(must_ask(request_of(samples.SINGLE), has_member=False))
        self.assertFalse(must_ask(request_of(samples.WORKER), has_member=False))

    def test_silence_starts_the_cluster(self) -> None:
        self.assertEqual(decide(self.FIRST, [], None), Decision(starts=True, joins=False))

    def test_a_living_cluster_is_joined(self) -> None:
        for is_member in (False, None):
            decision = decide(self.WITH_TOKEN, [self.SITE_ANSWER], is_member)
            self.assertEqual(decision, Decision(starts=True, joins=True))

    def test_without_a_token_the_box_stops(self) -> None:
        decision = decide(self.FIRST, [self.SITE_ANSWER], None)
        self.assertFalse(decision.starts)
        self.assertEqual(
            self.only_problem(decision),
            "k0s.token: is missing: the site's cluster answers at 10.0.0.12:9443, so this box must join it and "
            "starts no second one; give it a token of `k0s token create --role controller`",
        )

    def test_a_member_that_is_still_there_stops_the_box(self) -> None:
        decision = decide(self.WITH_TOKEN, [self.SITE_ANSWER], True)
        self.assertFalse(decision.starts)
        self.assertEqual(
            self.only_problem(decision),
            "k0s.bootstrap: the cluster at 10.0.0.12:9443 still has an etcd member at 10.0.0.11, whose data this "
            "box has lost; run `k0s etcd leave --peer-address 10.0.0.11` on the controller 10.0.0.12, and this "
            "box joins by itself",
        )

    def test_a_stranger_is_told_of_and_does_no_harm(self) -> None:
        decision = decide(self.FIRST, [Answer("fd00::1", 6443, OTHER)], None)
        self.assertTrue(decision.starts and not decision.joins)
        self.assertEqual(
            self.only_problem(decision),
            "k0s.config: [fd00::1]:6443 answers with a certificate of another CA; it is not of this site",
        )

    def test_a_stranger_beside_the_cluster_does_not_hide_it(self) -> None:
        decision = decide(self.FIRST, [Answer("10.0.0.13", 6443, OTHER), self.SITE_ANSWER], None)
        self.assertFalse(decision.starts)

    def test_without_a_ca_any_cluster_stops_the_box(self) -> None:
        request = request_of({**samples.FIRST, "pki": {}})
        decision = decide(request, [Answer("10.0.0.12", 6443, UNKNOWN)], None)
        self.assertFalse(decision.starts)
        self.assertIn("a cluster answers at 10.0.0.12:6443", self.only_problem(decision))


class Asking(unittest.TestCase):
    def ask(self, hosts: list[str], ports: list[int], authority: bytes | None = CA, **more: object) -> list[Answer]:
        self.pauses: list[float] = []
        return ask_peers(hosts, ports, authority, sleep=self.pauses.append, **more)  # type: ignore[arg-type]

    def test_a_controller_of_the_site(self) -> None:
        with TlsPeer() as peer:
            answers = self.ask(["127.0.0.1"], [free_port(), peer.port])
            self.assertEqual(answers, [Answer("127.0.0.1", peer.port, SITE)])
            self.assertEqual(self.pauses, [])
            self.assertEqual(peer.requests, [])

    def test_a_controller_of_another_site_with_a_ca_of_the_same_name(self) -> None:
        with TlsPeer("other-server") as peer:
            answers = self.ask(["127.0.0.1"], [peer.port])
            self.assertEqual(answers, [Answer("127.0.0.1", peer.port, OTHER)])
            self.assertEqual(len(self.pauses), 2)

    def test_without_a_ca(self) -> None:
        with TlsPeer() as peer:
            answers = self.ask(["127.0.0.1"], [peer.port], None)
            self.assertEqual(answers, [Answer("127.0.0.1", peer.port, UNKNOWN)])

    def test_silence_is_asked_three_times(self) -> None:
        self.assertEqual(self.ask(["127.0.0.1", "no-such-host.invalid"], [free_port()]), [])
        self.assertEqual(self.pauses, [2.0, 2.0])
        self.assertEqual(self.ask([], [free_port()]), [])
        self.assertEqual(self.pauses, [])

    def test_what_speaks_no_tls_is_silent(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = int(server.getsockname()[1])

            def pause(_: float) -> None:
                server.close()

            import threading

            def rude() -> None:
                try:
                    while True:
                        connection, _ = server.accept()
                        connection.sendall(b"SSH-2.0-OpenSSH\r\n")
                        connection.close()
                except OSError:
                    pass

            threading.Thread(target=rude, daemon=True).start()
            self.assertEqual(ask_peers(["127.0.0.1"], [port], CA, sleep=pause), [])

    def test_a_name_of_the_box_itself_is_not_asked(self) -> None:
        with TlsPeer() as peer:
            self.assertEqual(self.ask(["127.0.0.1"], [peer.port], own=["127.0.0.1"]), [])

    def test_a_certificate_that_has_run_out_is_still_the_sites(self) -> None:
        with TlsPeer("expired-server") as peer:
            answers = self.ask(["127.0.0.1"], [peer.port])
            self.assertEqual([answer.authority for answer in answers], [SITE])


class Members(unittest.TestCase):
    CLIENT = samples.pem("server.crt") + samples.pem("server.key")

    def ask(self, members: object, client: str = CLIENT) -> bool | None:
        with TlsPeer(members=members) as peer:
            found = is_etcd_member(["127.0.0.1"], CA, client, "10.0.0.11", port=peer.port)
            self.assertLessEqual(set(peer.requests), {"known /members"})
            return found

    def test_a_member(self) -> None:
        self.assertIs(self.ask([member("10.0.0.12"), member("10.0.0.11")]), True)

    def test_a_member_with_an_address_of_ipv6(self) -> None:
        with TlsPeer(members=[member("[fd00::11]")]) as peer:
            self.assertIs(is_etcd_member(["127.0.0.1"], CA, self.CLIENT, "fd00::11", port=peer.port), True)

    def test_no_member(self) -> None:
        self.assertIs(self.ask([]), False)
        self.assertIs(self.ask([member("10.0.0.12"), {"name": "x"}]), False)

    def test_the_first_that_answers_is_believed(self) -> None:
        with TlsPeer(members=[member("10.0.0.11")]) as peer:
            hosts = ["127.0.0.2", "no-such-host.invalid", "127.0.0.1"]
            self.assertIs(is_etcd_member(hosts, CA, self.CLIENT, "10.0.0.11", port=peer.port), True)

    def test_no_answer_is_not_no(self) -> None:
        self.assertIsNone(self.ask("rubbish"))
        self.assertIsNone(self.ask({"items": []}))
        self.assertIsNone(self.ask([], client="rubbish"))
        stranger = samples.pem("other-server.crt") + samples.pem("other-server.key")
        self.assertIsNone(self.ask([member("10.0.0.11")], client=stranger))
        self.assertIsNone(is_etcd_member(["127.0.0.1"], CA, self.CLIENT, "10.0.0.11", port=free_port()))
