import tempfile
import unittest
from pathlib import Path

import samples
from fake_box import FakeBox
from kiln.k0s_tool import K0s


class Tool(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        self.box = FakeBox(self.root)
        self.run_directory = self.root / "run/kiln"
        self.k0s = K0s(self.root / "usr/bin/k0s", self.run_directory)

    def program(self, text: str) -> None:
        (self.root / "usr/bin/k0s").write_text(text)

    def test_a_valid_configuration_leaves_nothing_behind(self) -> None:
        self.assertEqual(self.k0s.complaint(b"{}\n", {}), "")
        self.assertEqual(list(self.run_directory.iterdir()), [])

    def test_a_message_is_one_line_of_bounded_length(self) -> None:
        self.program("#!/bin/sh\necho 'Error: '$(printf 'a\\tb%0999d' 1) >&2\nexit 1\n")
        complaint = self.k0s.complaint(b"{}", {})
        self.assertTrue(complaint.startswith("is refused by k0s: a b000"))
        self.assertLess(len(complaint), 450)
        self.program("#!/bin/sh\nexit 1\n")
        self.assertEqual(self.k0s.complaint(b"{}", {}), "is refused by k0s: it does not say why")
        self.program("no program")
        self.assertEqual(self.k0s.complaint(b"{}", {}), "cannot be checked: k0s does not run on this box")

    def test_a_client_certificate_is_made_where_nobody_looks_and_not_kept(self) -> None:
        client = self.k0s.client_certificate(samples.pem("ca.crt"), samples.pem("ca.key"))
        self.assertEqual(client, samples.pem("server.crt") + "\n" + samples.pem("server.key") + "\n")
        self.assertEqual(list(self.run_directory.iterdir()), [])
        self.assertEqual(
            self.box.k0s_calls,
            [
                "kubeconfig create kiln-guard --certificate-expires-after 10m "
                f"--data-dir {self.run_directory}/guard"
            ],
        )

    def test_no_client_certificate_is_no_error(self) -> None:
        for text in ("#!/bin/sh\nexit 1\n", "#!/bin/sh\necho a: [\n", "#!/bin/sh\necho users: []\n", "x"):
            self.program(text)
            self.assertIsNone(self.k0s.client_certificate(samples.pem("ca.crt"), samples.pem("ca.key")))

    def test_the_fingerprint_changes_with_program_and_configuration(self) -> None:
        first = self.k0s.fingerprint(b"a")
        self.assertEqual(self.k0s.fingerprint(b"a"), first)
        self.assertNotEqual(self.k0s.fingerprint(b"b"), first)
        self.program("#!/bin/sh\n")
        self.assertNotEqual(self.k0s.fingerprint(b"a"), first)
