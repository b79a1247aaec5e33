import unittest

from kiln.k0s_log import explain, redacted, what_is_said


def said(line: str) -> str:
    found = explain([line], "10.0.0.12")
    return f"{found.key}: {found.message}" if found else "nothing"


def logrus(message: str, error: str = "") -> str:
    more = f' error="{error}"' if error else ""
    return f'time="2026-11-22 10:00:00" level=error msg="{message}" component=worker{more}'


class Explaining(unittest.TestCase):
    def assert_said(self, line: str, key: str, *parts: str) -> None:
        text = said(line)
        self.assertTrue(text.startswith(f"{key}: "), text)
        for part in parts:
            self.assertIn(part, text)

    def test_a_token_that_is_refused(self) -> None:
        for line in (
            "Error: failed to join controller: no CA from https://10.0.0.10:9443: 401 Unauthorized",
            logrus("Failed to bootstrap kubelet client configuration", "Unauthorized"),
        ):
            self.assert_said(line, "k0s.token", "has expired", "new instance-id")
        line = "Error: https://10.0.0.10:9443/v1beta1/ca: 401 Unauthorized"
        self.assert_said(line, "k0s.token", "https://10.0.0.10:9443")

    def test_another_ca(self) -> None:
        line = "Error: Get \"https://10.0.0.10:6443/api\": x509: certificate signed by unknown authority"
        self.assert_said(line, "k0s.token", "https://10.0.0.10:6443 is not trusted", "another cluster")

    def test_a_clock_that_is_wrong(self) -> None:
        line = "Error: x509: certificate has expired or is not yet valid: current time 2020-01-01 is before"
        self.assert_said(line, "clock", "set the clock")

    def test_an_address_that_does_not_answer(self) -> None:
        for why in ("connect: connection refused", "i/o timeout", "connect: no route to host"):
            line = f"Error: Get \"https://10.0.0.10:6443/x\": dial tcp 10.0.0.10:6443: {why}"
            self.assert_said(line, "k0s.token", "https://10.0.0.10:6443 does not answer")

    def test_a_name_that_is_not_known(self) -> None:
        line = "Error: dial tcp: lookup c1.plant on 10.0.0.1:53: no such host"
        self.assert_said(line, "k0s.token", "name servers")

    def test_a_configuration_that_is_refused(self) -> None:
        line = 'Error: failed to load node config: unknown field "spec.api.adress"'
        self.assert_said(line, "k0s.config", 'unknown field "spec.api.adress"', "in the seed")

    def test_an_etcd_member_that_is_there_already(self) -> None:
        for line in (
            "Error: failed to start controller node components: failed to sync etcd config: "
            "unexpected response status when trying to join etcd cluster: 500 Internal Server Error",
            logrus("etcdserver: Peer URLs already exists"),
        ):
            self.assert_said(line, "k0s.etcd", "`k0s etcd leave --peer-address 10.0.0.12`")

    def test_others(self) -> None:
        self.assert_said("Error: write /var/lib/k0s/x: no space left on device", "disk", "/var is full")
        self.assert_said("Error: listen :6443: bind: address already in use", "k0s", "a port taken", ":6443")
        self.assert_said("Error: pre-flight checks failed: cgroup v2", "k0s", "k0s sysinfo", "cgroup v2")

    def test_what_is_not_known_is_told_as_it_is(self) -> None:
        self.assertEqual(said("Error: the moon is full"), "k0s: says: the moon is full")
        self.assertEqual(said(logrus("it broke", "really")), "k0s: says: it broke: really")

    def test_what_is_no_error_explains_nothing(self) -> None:
        info = 'time="x" level=info msg="Unauthorized is a word"'
        for line in ("", "hello", info, "I1122 connection refused"):
            self.assertEqual(said(line), "nothing")

    def test_the_newest_that_is_known_counts(self) -> None:
        lines = ["Error: 401 Unauthorized", "Error: x: i/o timeout", "Error: the moon is full", "Stopping"]
        found = explain(lines, "")
        self.assertIn("does not answer", found.message if found else "")


class Secrets(unittest.TestCase):
    TOKEN = "abcdef.0123456789abcdef"
    LONG = "H4sIAAAAAAAC" * 8

    def test_none_is_repeated(self) -> None:
        for line in (
            f"Error: the token {self.TOKEN} broke",
            f"Error: {self.LONG}",
            logrus(f"token {self.TOKEN}", self.LONG),
            f"Error: 401 Unauthorized https://10.0.0.10:6443 {self.TOKEN} {self.LONG}",
            "Error: -----BEGIN RSA PRIVATE KEY----- 0123456789abcdef -----END RSA PRIVATE KEY-----",
            "Error: -----BEGIN RSA PRIVATE KEY----- 0123456789abcdef",
        ):
            text = said(line)
            self.assertNotIn("0123456789abcdef", text)
            self.assertNotIn("H4sI", text)

    def test_the_id_of_a_token_may_be_seen(self) -> None:
        self.assertEqual(redacted(self.TOKEN), "abcdef.****************")

    def test_a_line_is_short_and_steers_no_terminal(self) -> None:
        text = what_is_said(f"Error: \x1b[2J{'ab ' * 500}")
        self.assertLess(len(text), 320)
        self.assertTrue(text.isprintable())


if __name__ == "__main__":
    unittest.main()
