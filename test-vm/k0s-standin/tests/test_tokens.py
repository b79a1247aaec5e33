import base64
import gzip
import os
import tempfile
import unittest
from unittest import mock

from k0s_standin.failure import Failure
from k0s_standin.jointoken import Secret, is_expired, join_token, make_secret, read_join_token, secret_object, secret_of
from k0s_standin.log import Log
from k0s_standin.store import Store
from k0s_standin.strict_yaml import dump
from k0s_standin.tokens import Manifests, Tokens

SECRET = Secret("abcdef", "0123456789abcdef", "", ("authentication",), "")
WORKER, JOIN = ("authentication",), ("controller-join",)


class Strings(unittest.TestCase):
    def test_a_token_is_read_back_whoever_packed_it(self) -> None:
        token = join_token("worker", "https://10.0.0.1:6443", b"PEM", SECRET)
        config = read_join_token(f"{token}\n", "worker")
        self.assertEqual((config.server, config.authority), ("https://10.0.0.1:6443", b"PEM"))
        self.assertEqual(config.user, "kubelet-bootstrap")
        self.assertEqual(config.token, "abcdef.0123456789abcdef")
        repacked = base64.b64encode(gzip.compress(gzip.decompress(base64.b64decode(token)))).decode()
        self.assertEqual(read_join_token(repacked, "worker"), config)

    def test_the_role_is_told_by_the_user(self) -> None:
        token = join_token("controller", "https://10.0.0.1:9443", b"PEM", SECRET)
        with self.assertRaisesRegex(Failure, "wrong token type controller-bootstrap, expected type: kubelet-bootstrap"):
            read_join_token(token, "worker")

    def test_what_is_no_token_is_told_by_the_step_that_fails(self) -> None:
        def packed(text: str) -> str:
            return base64.b64encode(gzip.compress(text.encode())).decode()

        whole = join_token("worker", "https://10.0.0.1:6443", b"PEM", SECRET)
        cut = base64.b64encode(base64.b64decode(whole)[:40]).decode()
        for token, message in (
            ("not base64!", "illegal base64 data"),
            (base64.b64encode(b"plain").decode(), "gzip: invalid header"),
            (cut, "unexpected EOF"),
            (packed("[]"), "join token is no kubeconfig"),
            (packed("kind: Config\n"), 'there is no "None" in contexts'),
        ):
            with self.assertRaisesRegex(Failure, message):
                read_join_token(token, "worker")

    def test_a_secret_is_read_back_from_its_manifest(self) -> None:
        for role in ("worker", "controller"):
            secret = make_secret(role, 3600)
            self.assertEqual(secret_of(secret_object(secret)), secret)
            self.assertEqual(secret.role, role)
        data = secret_object(make_secret("controller", 0))["data"]
        self.assertLessEqual({"usage-bootstrap-controller-join", "usage-controller-join"}, set(data))
        self.assertNotIn("expiration", data)

    def test_secrets_that_kubernetes_would_not_take_are_none(self) -> None:
        good = secret_object(SECRET)
        for change in (
            {"type": "Opaque"},
            {"kind": "ConfigMap"},
            {"metadata": {"name": "bootstrap-token-abcdef"}},
            {"metadata": {"name": "bootstrap-token-other1", "namespace": "kube-system"}},
            {"data": {"token-id": "!!!"}},
        ):
            self.assertIsNone(secret_of({**good, **change}), change)

    def test_expiry(self) -> None:
        self.assertFalse(is_expired(SECRET, 0))
        self.assertTrue(is_expired(SECRET._replace(expiration="2020-01-01T00:00:00Z"), 1_700_000_000))
        self.assertFalse(is_expired(SECRET._replace(expiration="2040-01-01T00:00:00Z"), 1_700_000_000))
        self.assertTrue(is_expired(SECRET._replace(expiration="soon"), 0))


class Cluster(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = directory.name
        self.log = mock.Mock(spec=Log)
        self.store = Store(f"{self.root}/db", "c")
        self.tokens = Tokens(self.store, Manifests(f"{self.root}/manifests", self.log))

    def place(self, path: str, text: str) -> None:
        full = f"{self.root}/manifests/{path}"
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def found(self, usages: tuple[str, ...] = WORKER) -> bool:
        return self.tokens.find(f"{SECRET.id}.{SECRET.secret}", usages) is not None

    def test_a_manifest_makes_a_token_valid_for_its_use(self) -> None:
        self.assertFalse(self.found())
        self.place("site/bootstrap-token-abcdef.yaml", dump(secret_object(SECRET)))
        self.assertTrue(self.found())
        self.assertFalse(self.found(JOIN))
        self.assertIsNone(self.tokens.find("abcdef.0000000000000000", WORKER))
        self.assertIsNone(self.tokens.find("abcdef", WORKER))

    def test_only_yaml_files_one_directory_deep_count(self) -> None:
        for path in ("token.yaml", "site/token.yml", "site/deep/token.yaml", "helm/token.yaml", "coredns/token.yaml"):
            self.place(path, dump(secret_object(SECRET)))
        self.assertFalse(self.found())

    def test_a_bad_file_keeps_its_stack_from_being_applied(self) -> None:
        self.place("site/a.yaml", dump(secret_object(SECRET)))
        self.place("site/b.yaml", "a: [")
        self.assertFalse(self.found())
        self.log.error.assert_called_once()

    def test_an_expired_token_is_refused(self) -> None:
        expired = SECRET._replace(expiration="2020-01-01T00:00:00Z")
        self.place("site/a.yaml", dump(secret_object(expired)))
        self.assertFalse(self.found())

    def test_an_invalidated_token_stays_so(self) -> None:
        self.place("site/a.yaml", dump(secret_object(SECRET)))
        self.tokens.share_manifests()
        self.tokens.invalidate("abcdef")
        self.tokens.share_manifests()
        self.assertFalse(self.found())
        with self.assertRaisesRegex(Failure, "not found"):
            self.tokens.invalidate("abcdef")

    def test_a_token_whose_manifest_goes_while_k0s_runs_goes_too(self) -> None:
        self.place("site/a.yaml", dump(secret_object(SECRET)))
        self.tokens.share_manifests()
        os.unlink(f"{self.root}/manifests/site/a.yaml")
        self.tokens.share_manifests()
        self.assertFalse(self.found())
        self.place("site/a.yaml", dump(secret_object(SECRET)))
        self.assertTrue(self.found())


if __name__ == "__main__":
    unittest.main()
