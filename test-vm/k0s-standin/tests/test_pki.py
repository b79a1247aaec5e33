import hashlib
import os
import tempfile
import unittest
from unittest import mock

from k0s_standin.config.load import settings_of
from k0s_standin.failure import Failure
from k0s_standin.files import read
from k0s_standin.log import Log
from k0s_standin.pki import der, ec, pem, rsa
from k0s_standin.pki.authorities import CLUSTER, CLUSTER_CA, SERVICE_ACCOUNTS, ensure_pairs, load_authority
from k0s_standin.pki.leaves import issue_leaves
from k0s_standin.pki.x509 import Name, issue, make_authority, make_request, read_certificate, read_request
from keys import rsa_key

KEY = rsa.read_key(rsa_key(), "key")
SETTINGS = settings_of({"spec": {"api": {"address": "10.0.0.1", "sans": ["box.example"]}}}, "/d")


def quiet() -> Log:
    """Log lines of these tests are of no interest."""
    log = mock.Mock(spec=Log)
    log.named.return_value = log
    return log


class Encoding(unittest.TestCase):
    def test_lengths_and_numbers_are_written_as_der_wants(self) -> None:
        self.assertEqual(der.integer(0), bytes.fromhex("020100"))
        self.assertEqual(der.integer(128), bytes.fromhex("02020080"))
        self.assertEqual(der.octets(b"x" * 200)[:3], bytes.fromhex("0481c8"))
        self.assertEqual(der.oid("1.2.840.113549.1.1.11"), bytes.fromhex("06092a864886f70d01010b"))

    def test_truncated_bytes_are_an_error(self) -> None:
        for data in (b"", b"\x30", b"\x30\x05\x02", b"\x30\x82\x01"):
            with self.assertRaises(ValueError):
                der.read(data)

    def test_keys_are_read_in_both_formats(self) -> None:
        inner = pem.decode(rsa_key())[1]
        algorithm = der.sequence(der.oid(rsa.RSA_ENCRYPTION), der.null())
        packed = pem.encode("PRIVATE KEY", der.sequence(der.integer(0), algorithm, der.octets(inner)))
        self.assertEqual(rsa.read_key(packed, "k"), KEY)

    def test_other_keys_are_refused_by_name(self) -> None:
        for data in (b"", b"rubbish", ec.make_key().pem(), pem.encode("RSA PRIVATE KEY", b"\x30\x00")):
            with self.assertRaisesRegex(Failure, "failed to load key ca.key"):
                rsa.read_key(data, "ca.key")


class Signing(unittest.TestCase):
    def test_an_rsa_signature_is_the_padded_digest(self) -> None:
        signed = pow(int.from_bytes(KEY.sign(b"text"), "big"), KEY.e, KEY.n)
        digest = hashlib.sha256(b"text").digest()
        self.assertEqual(signed.to_bytes(128, "big")[:2], b"\0\1")
        self.assertTrue(signed.to_bytes(128, "big").endswith(digest))

    def test_points_are_those_of_the_standard(self) -> None:
        # Multiples of the base point: RFC 5903, 8.1 has this pair of key and point.
        secret = 0xC88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433
        x = 0xDAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180
        self.assertEqual(ec._times(secret)[0], x)


class Certificates(unittest.TestCase):
    def setUp(self) -> None:
        self.authority = make_authority("kubernetes-ca", KEY, 3600)

    def test_what_was_written_is_read_back(self) -> None:
        subject = Name("system:node:a", ("system:nodes", "b"))
        found = read_certificate(issue(self.authority, subject, ec.make_key().public(), 7200, ("a", "::1")), "c")
        self.assertEqual(found.subject, subject)
        self.assertEqual(found.issuer, Name("kubernetes-ca"))
        self.assertAlmostEqual(found.not_after - found.not_before, 3600 + 7200, delta=1)

    def test_times_after_2049_have_the_other_form(self) -> None:
        century = 100 * 365 * 86400
        found = make_authority("x", KEY, century).certificate
        self.assertAlmostEqual(found.not_after - found.not_before, 3600 + century, delta=1)

    def test_a_request_names_subject_and_key(self) -> None:
        key = ec.make_key()
        found = read_request(make_request(Name("system:node:a", ("system:nodes",)), key))
        self.assertEqual(found.subject.common_name, "system:node:a")
        self.assertEqual(found.public_key, key.public())
        with self.assertRaises(ValueError):
            read_request(b"-----BEGIN X-----\nAAAA\n-----END X-----\n")


class Files(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.pki = directory.name
        self.made: list[int] = []

    def make(self, _: str, count: int) -> list[bytes]:
        self.made.append(count)
        return [rsa_key()] * count

    def ensure(self) -> None:
        ensure_pairs(self.pki, CLUSTER, SETTINGS, quiet(), self.make)

    def leaves(self) -> None:
        with mock.patch("pwd.getpwnam", side_effect=KeyError):
            issue_leaves(self.pki, SETTINGS, quiet(), has_konnectivity=False, has_etcd=False)

    def test_pairs_are_made_once(self) -> None:
        self.ensure()
        before = read(f"{self.pki}/ca.crt")
        self.ensure()
        self.assertEqual(read(f"{self.pki}/ca.crt"), before)
        self.assertEqual(self.made, [3])
        self.assertEqual(os.stat(f"{self.pki}/ca.key").st_mode & 0o777, 0o640)

    def test_half_a_pair_is_replaced(self) -> None:
        self.ensure()
        before = read(f"{self.pki}/ca.crt")
        os.unlink(f"{self.pki}/ca.key")
        self.ensure()
        self.assertNotEqual(read(f"{self.pki}/ca.crt"), before)
        self.assertEqual(self.made, [3, 1])

    def test_a_key_of_another_authority_is_refused(self) -> None:
        self.ensure()
        other = make_authority("kubernetes-ca", KEY._replace(n=KEY.n + 2), 3600)
        with open(f"{self.pki}/ca.crt", "wb") as file:
            file.write(other.pem)
        with self.assertRaisesRegex(Failure, "private key does not match public key"):
            load_authority(self.pki, CLUSTER_CA)

    def test_leaves_are_made_anew_unless_somebody_put_another_there(self) -> None:
        self.ensure()
        self.leaves()
        first = read(f"{self.pki}/server.crt")
        foreign = make_authority("of somebody", KEY, 3600).pem
        with open(f"{self.pki}/ccm.crt", "wb") as file:
            file.write(foreign)
        self.leaves()
        self.assertNotEqual(read(f"{self.pki}/server.crt"), first)
        self.assertEqual(read(f"{self.pki}/ccm.crt"), foreign)
        self.assertFalse(os.path.exists(f"{self.pki}/konnectivity.conf"))

    def test_a_leaf_that_a_cut_of_power_left_empty_is_replaced(self) -> None:
        self.ensure()
        self.leaves()
        open(f"{self.pki}/admin.crt", "wb").close()
        self.leaves()
        found = read_certificate(read(f"{self.pki}/admin.crt"), "admin.crt")
        self.assertEqual(found.subject.organizations, ("system:masters",))

    def test_the_public_key_is_that_of_the_private_one(self) -> None:
        self.ensure()
        self.assertEqual(pem.decode(read(f"{self.pki}/{SERVICE_ACCOUNTS.public}")), ("PUBLIC KEY", KEY.public()))


if __name__ == "__main__":
    unittest.main()
