"""RSA keys as k0s's certificate authorities have them: reading, making by ssh-keygen, signing."""

import hashlib
import os
from typing import NamedTuple

from k0s_standin.failure import Failure
from k0s_standin.pki import der, pem

RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
SHA256_WITH_RSA = "1.2.840.113549.1.1.11"
SHA256 = "2.16.840.1.101.3.4.2.1"


class RsaKey(NamedTuple):
    """A private key with the parts that make signing quick (RFC 8017, A.1.2)."""

    n: int
    e: int
    p: int
    q: int
    dp: int
    dq: int
    inverse: int

    def sign(self, message: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2.1)."""
        size = (self.n.bit_length() + 7) // 8
        digest = hashlib.sha256(message).digest()
        info = der.sequence(der.sequence(der.oid(SHA256), der.null()), der.octets(digest))
        padded = b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info
        value = int.from_bytes(padded, "big")
        at_p, at_q = pow(value, self.dp, self.p), pow(value, self.dq, self.q)
        return (at_q + (at_p - at_q) * self.inverse % self.p * self.q).to_bytes(size, "big")

    def public(self) -> bytes:
        """SubjectPublicKeyInfo."""
        key = der.sequence(der.integer(self.n), der.integer(self.e))
        return der.sequence(der.sequence(der.oid(RSA_ENCRYPTION), der.null()), der.bits(key))


def read_key(data: bytes, name: str) -> RsaKey:
    """A key in PKCS#1 or PKCS#8; Failure for any other, as authorities with other keys are not for the stand-in."""
    try:
        label, content = pem.decode(data)
        if label == "PRIVATE KEY":
            content = der.children(der.read(content).content)[2].content
        elif label != "RSA PRIVATE KEY":
            raise ValueError(f"is a {label}")
        numbers = [der.number(each) for each in der.children(der.read(content).content)[1:9]]
        n, e, _, p, q, dp, dq, inverse = numbers
        return RsaKey(n, e, p, q, dp, dq, inverse)
    except (ValueError, IndexError) as error:
        raise Failure(f"failed to load key {name}: no RSA private key: {error}") from None


def make_keys(directory: str, count: int) -> list[bytes]:
    """New 2048-bit keys in PKCS#1 PEM. The programs run side by side: on an emulated machine each takes seconds."""
    paths = [f"{directory}/.key-{os.getpid()}-{at}" for at in range(count)]
    try:
        children = [_start_ssh_keygen(path) for path in paths]
        if any(os.waitpid(child, 0)[1] != 0 for child in children):
            raise Failure("ssh-keygen could not make an RSA key")
        keys: list[bytes] = []
        for path in paths:
            with open(path, "rb") as file:
                keys.append(file.read())
        return keys
    finally:
        for path in (*paths, *(f"{path}.pub" for path in paths)):
            if os.path.exists(path):
                os.unlink(path)


def _start_ssh_keygen(path: str) -> int:
    argv = ["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-C", "", "-f", path]
    try:
        return os.posix_spawnp("ssh-keygen", argv, os.environ)
    except FileNotFoundError:
        raise Failure("the stand-in makes RSA keys with ssh-keygen, which is not installed") from None
