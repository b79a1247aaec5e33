"""The certificate authorities and key pairs below pki/: kept when both files are there, else both made."""

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from k0s_standin.config.load import Lifetimes, Settings
from k0s_standin.failure import Failure
from k0s_standin.files import make_directory, read, read_if_present, write_atomic
from k0s_standin.log import Log
from k0s_standin.pki import pem, rsa
from k0s_standin.pki.x509 import Authority, make_authority, read_certificate

CERTIFICATE_MODE, KEY_MODE = 0o644, 0o640

# How RSA keys are made: a directory for temporary files and their number, to keys in PEM.
KeyMaker = Callable[[str, int], list[bytes]]


class Pair(NamedTuple):
    """Two files of which neither is of use without the other."""

    public: str
    private: str
    # The subject of a certificate authority; empty for a bare key pair.
    common_name: str


CLUSTER_CA = Pair("ca.crt", "ca.key", "kubernetes-ca")
FRONT_PROXY_CA = Pair("front-proxy-ca.crt", "front-proxy-ca.key", "kubernetes-front-proxy-ca")
SERVICE_ACCOUNTS = Pair("sa.pub", "sa.key", "")
ETCD_CA = Pair("etcd/ca.crt", "etcd/ca.key", "etcd-ca")
ETCD_JWT = Pair("etcd/jwt.pub", "etcd/jwt.key", "")

CLUSTER = (CLUSTER_CA, FRONT_PROXY_CA, SERVICE_ACCOUNTS)
ETCD = (ETCD_CA, ETCD_JWT)


def make_directories(pki: str, *, has_etcd: bool) -> None:
    make_directory(pki, 0o751)
    if has_etcd:
        make_directory(f"{pki}/etcd", 0o711)


def ensure_pairs(pki: str, pairs: Sequence[Pair], settings: Settings, log: Log, make: KeyMaker = rsa.make_keys) -> None:
    """Makes the pairs that are not complete. Half of a pair is replaced, as k0s does: it is of no use."""
    missing = [pair for pair in pairs if not is_complete(pki, pair)]
    if not missing:
        return
    log.info(f"making {', '.join(pair.private for pair in missing)}")
    for pair, key in zip(missing, make(pki, len(missing)), strict=True):
        lifetimes = settings.etcd_lifetimes if pair is ETCD_CA else settings.lifetimes
        write_atomic(f"{pki}/{pair.public}", _public(pair, key, lifetimes), CERTIFICATE_MODE)
        write_atomic(f"{pki}/{pair.private}", key, KEY_MODE)


def is_complete(pki: str, pair: Pair) -> bool:
    return all(os.path.exists(f"{pki}/{name}") for name in (pair.public, pair.private))


def load_authority(pki: str, pair: Pair) -> Authority:
    """An authority that is there; Failure when certificate and key are not of each other."""
    certificate, private = f"{pki}/{pair.public}", f"{pki}/{pair.private}"
    data = read(certificate)
    authority = Authority(read_certificate(data, certificate), rsa.read_key(read(private), private), data)
    if authority.key.public() != authority.certificate.public_key:
        raise Failure(f"{private} is not the key of {certificate}: tls: private key does not match public key")
    return authority


def place_pair(pki: str, pair: Pair, public: bytes, private: bytes) -> None:
    """Writes a pair that another controller gave."""
    write_atomic(f"{pki}/{pair.public}", public, CERTIFICATE_MODE)
    write_atomic(f"{pki}/{pair.private}", private, KEY_MODE)


def read_pair(pki: str, pair: Pair) -> tuple[bytes, bytes] | None:
    """The bytes of both files, if they are there."""
    public, private = (read_if_present(f"{pki}/{name}") for name in (pair.public, pair.private))
    return None if public is None or private is None else (public, private)


def _public(pair: Pair, key: bytes, lifetimes: Lifetimes) -> bytes:
    parsed = rsa.read_key(key, pair.private)
    if pair.common_name:
        return make_authority(pair.common_name, parsed, lifetimes.authority).pem
    return pem.encode("PUBLIC KEY", parsed.public())
