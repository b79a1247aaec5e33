import tempfile
import unittest
from datetime import datetime, timezone
from pathlib import Path

from kiln.certificates import DAY, Certificate, NotACertificate, of_box, parse
from kiln.renew import decide, due
from samples import pem

NOW = 1_790_000_000.0
MACHINE = "0000000a" + "0" * 24


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()


class Parsing(unittest.TestCase):
    def test_both_forms_of_time_are_read(self) -> None:
        # openssl says so of the fixture: the first is a UTCTime, the second a GeneralizedTime.
        found = parse("ca.crt", pem("ca.crt").encode())
        self.assertEqual(found.begins, seconds("2026-11-22T21:00:46"))
        self.assertEqual(found.ends, seconds("2126-10-29T21:00:46"))

    def test_a_key_before_it_is_passed_over(self) -> None:
        both = pem("server.key") + pem("server.crt")
        self.assertEqual(parse("x", both.encode()).ends, seconds("2125-06-16T21:00:47"))

    def test_what_is_no_certificate_is_refused(self) -> None:
        whole = pem("ca.crt")
        lines = whole.splitlines(keepends=True)
        for text in (
            "",
            "rubbish",
            pem("ca.key"),
            pem("ca.key").replace("RSA PRIVATE KEY", "CERTIFICATE"),
            "".join([lines[0], lines[-1]]),
            "".join([*lines[:4], lines[-1]]),
            whole.replace(lines[1], "MIIB\n"),
            whole.replace(lines[1], "????\n"),
        ):
            with self.assertRaises(NotACertificate):
                parse("x", text.encode())

    def test_no_bytes_make_it_do_anything_else(self) -> None:
        whole = pem("ca.crt").encode()
        for at in range(30, 300):
            for byte in b"A/z":
                try:
                    parse("x", whole[:at] + bytes([byte]) + whole[at + 1 :])
                except NotACertificate:
                    pass

    def test_cas_are_known_by_their_names(self) -> None:
        for name in ("ca.crt", "etcd/ca.crt", "front-proxy-ca.crt"):
            self.assertTrue(Certificate(name, 0, 1).is_ca, name)
        self.assertFalse(Certificate("server.crt", 0, 1).is_ca)


class OfBox(unittest.TestCase):
    def test_those_of_k0s_are_found_and_rubbish_is_passed_over(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            pki = Path(name) / "pki"
            (pki / "etcd").mkdir(parents=True)
            (pki / "ca.crt").write_text(pem("ca.crt"))
            (pki / "broken.crt").write_text("rubbish")
            (pki / "directory.crt").mkdir()
            (pki / "etcd" / "peer.crt").write_text(pem("server.crt"))
            kubelet = Path(name) / "kubelet-client-current.pem"
            kubelet.write_text(pem("server.crt") + pem("server.key"))
            found = of_box(pki, (kubelet, Path(name) / "missing"))
            names = [each.name for each in found]
            self.assertEqual(names, ["ca.crt", "etcd/peer.crt", "kubelet-client-current.pem"])

    def test_a_box_without_k0s_has_none(self) -> None:
        self.assertEqual(of_box(Path("/nonexistent"), ()), [])


class Renewing(unittest.TestCase):
    def decide(self, left: float, life: float = 365, began: float | None = None, **change: object) -> str:
        """What is decided with so many days left: the reason, after "restart" or "keep"."""
        ends = NOW + left * DAY
        begins = ends - life * DAY if began is None else NOW - began * DAY
        certificates = [
            Certificate("ca.crt", NOW - 3000 * DAY, NOW + DAY),
            Certificate("server.crt", begins, ends),
            Certificate("etcd/peer.crt", begins, ends + DAY),
        ]
        provision = {"started": True, "unit": "k0scontroller.service"}
        provision.update({key: value for key, value in change.items() if key in ("started", "certificates")})
        since = change.get("since", int(begins))
        health = {"state": change.get("state", "ready"), "k0s-since": since}
        status = {
            "role": change.get("role", "controller"),
            "sections": {"provision": provision, "health": health},
        }
        found = decide(status, certificates, NOW, MACHINE)
        return f"{'restart' if found.restart else 'keep'}: {found.reason}"

    def test_each_box_has_a_day_of_its_own(self) -> None:
        days = {round(due(f"{number:08x}" + "f" * 24) * 365) for number in range(1000)}
        self.assertEqual(days, set(range(31, 61)))
        self.assertEqual(due(MACHINE) * 365, 50)

    def test_it_restarts_when_it_is_due_and_not_before(self) -> None:
        self.assertEqual(self.decide(51), "keep: server.crt ends in 51 days; nothing is due")
        self.assertEqual(self.decide(49), "restart: server.crt ends in 49 days")
        self.assertEqual(self.decide(-5), "restart: server.crt ends in -5 days")

    def test_short_lives_are_renewed_in_proportion(self) -> None:
        self.assertTrue(self.decide(10, life=30).startswith("keep"))
        self.assertTrue(self.decide(4, life=30).startswith("restart"))

    def test_workers_and_boxes_without_k0s_are_left_alone(self) -> None:
        self.assertIn("no controller", self.decide(1, role="worker"))
        self.assertIn("no controller", self.decide(1, started=False))
        self.assertIn("no controller", self.decide(1, role=None))
        controller = {"role": "single", "sections": {"provision": {"started": True}}}
        self.assertIn("no certificates", decide(controller, [], NOW, MACHINE).reason)
        kubelet = Certificate("kubelet-client-current.pem", NOW - DAY, NOW + 1)
        self.assertFalse(decide(controller, [kubelet], NOW, MACHINE).restart)

    def test_the_operator_can_keep_it_to_himself(self) -> None:
        self.assertIn("certificates.restart: manual", self.decide(5, certificates="manual"))
        self.assertTrue(self.decide(5, certificates="auto").startswith("restart"))

    def test_a_box_that_is_not_well_waits_until_the_last_week(self) -> None:
        self.assertIn("waits until it is", self.decide(20, state="degraded"))
        self.assertTrue(self.decide(6, state="degraded").startswith("restart"))

    def test_a_restart_that_cannot_help_is_not_repeated(self) -> None:
        self.assertIn("another one would not", self.decide(20, since=NOW - 3 * DAY))
        self.assertTrue(self.decide(20, since=None).startswith("restart"))


if __name__ == "__main__":
    unittest.main()
