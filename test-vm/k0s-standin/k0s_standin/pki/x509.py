"""Certificates and certificate requests: making them, and reading what of them matters here (RFC 5280, RFC 2986)."""

import hashlib
import os
import time
from typing import NamedTuple

from k0s_standin.addresses import packed
from k0s_standin.failure import Failure
from k0s_standin.pki import der, pem
from k0s_standin.pki.ec import ECDSA_WITH_SHA256, EcKey
from k0s_standin.pki.rsa import SHA256_WITH_RSA, RsaKey

COMMON_NAME, ORGANIZATION = "2.5.4.3", "2.5.4.10"
SUBJECT_KEY_ID, KEY_USAGE, SUBJECT_ALT_NAME = "2.5.29.14", "2.5.29.15", "2.5.29.17"
BASIC_CONSTRAINTS, AUTHORITY_KEY_ID, EXTENDED_KEY_USAGE = "2.5.29.19", "2.5.29.35", "2.5.29.37"
SERVER_AUTH, CLIENT_AUTH = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"

# Bits of keyUsage: digitalSignature and keyEncipherment; the same with keyCertSign and cRLSign.
LEAF_USAGE, CA_USAGE = b"\x05\xa0", b"\x01\xa6"

# A new certificate is valid from an hour ago: boxes of one cluster do not have the same time to the second.
BACK_DATE = 3600


class Name(NamedTuple):
    """A subject: its common name, and the groups it is in."""

    common_name: str
    organizations: tuple[str, ...] = ()


class Certificate(NamedTuple):
    """What of a certificate is looked at."""

    subject: Name
    issuer: Name
    subject_der: bytes
    public_key: bytes
    not_before: float
    not_after: float


class Authority(NamedTuple):
    """A certificate authority that can sign."""

    certificate: Certificate
    key: RsaKey
    pem: bytes


class Request(NamedTuple):
    """A certificate signing request."""

    subject: Name
    public_key: bytes


def read_certificate(data: bytes, name: str) -> Certificate:
    """The first certificate of a PEM file."""
    try:
        label, content = pem.decode(data)
        if label != "CERTIFICATE":
            raise ValueError(f"is a {label}")
        body = der.children(der.children(der.read(content).content)[0].content)
        fields = body[1:] if body[0].tag == 0xA0 else body
        times = [_time_of(each) for each in der.children(fields[3].content)]
        return Certificate(
            subject=_name_of(fields[4]),
            issuer=_name_of(fields[2]),
            subject_der=fields[4].whole,
            public_key=fields[5].whole,
            not_before=times[0],
            not_after=times[1],
        )
    except (ValueError, IndexError) as error:
        raise Failure(f"failed to parse certificate {name}: {error}") from None


def make_authority(common_name: str, key: RsaKey, lifetime: float) -> Authority:
    """A self-signed certificate authority."""
    subject = Name(common_name)
    made = _certificate(subject, key.public(), _name(subject), key, key.public(), lifetime, (), is_ca=True)
    return Authority(read_certificate(made, common_name), key, made)


def issue(
    authority: Authority, subject: Name, public_key: bytes, lifetime: float, hosts: tuple[str, ...] = ()
) -> bytes:
    """A certificate for servers and clients, in PEM."""
    issuer = authority.certificate
    return _certificate(
        subject, public_key, issuer.subject_der, authority.key, issuer.public_key, lifetime, hosts, is_ca=False
    )


def make_request(subject: Name, key: EcKey) -> bytes:
    """A certificate signing request, in PEM."""
    body = der.sequence(der.integer(0), _name(subject), key.public(), der.tagged(0))
    algorithm = der.sequence(der.oid(ECDSA_WITH_SHA256))
    return pem.encode("CERTIFICATE REQUEST", der.sequence(body, algorithm, der.bits(key.sign(body))))


def read_request(data: bytes) -> Request:
    """Subject and key of a request; ValueError for what is none. That the key is the sender's is not checked."""
    try:
        _, content = pem.decode(data)
        body = der.children(der.children(der.read(content).content)[0].content)
        return Request(_name_of(body[1]), body[2].whole)
    except IndexError:
        raise ValueError("no certificate request") from None


def _certificate(
    subject: Name,
    public_key: bytes,
    issuer: bytes,
    signer: RsaKey,
    signer_public: bytes,
    lifetime: float,
    hosts: tuple[str, ...],
    *,
    is_ca: bool,
) -> bytes:
    now = time.time()
    algorithm = der.sequence(der.oid(SHA256_WITH_RSA), der.null())
    extensions = [
        _extension(KEY_USAGE, der.element(der.BITS, CA_USAGE if is_ca else LEAF_USAGE), critical=True),
        _extension(BASIC_CONSTRAINTS, der.sequence(der.true() if is_ca else b""), critical=True),
        _extension(SUBJECT_KEY_ID, der.octets(_key_id(public_key))),
        _extension(AUTHORITY_KEY_ID, der.sequence(der.tagged(0, _key_id(signer_public), constructed=False))),
    ]
    if not is_ca:
        purposes = der.sequence(der.oid(SERVER_AUTH), der.oid(CLIENT_AUTH))
        extensions.append(_extension(EXTENDED_KEY_USAGE, purposes))
    if hosts:
        extensions.append(_extension(SUBJECT_ALT_NAME, der.sequence(*map(_general_name, hosts))))
    body = der.sequence(
        der.tagged(0, der.integer(2)),
        der.integer(int.from_bytes(os.urandom(16), "big") >> 1 | 1),
        algorithm,
        issuer,
        der.sequence(_time(now - BACK_DATE), _time(now + lifetime)),
        _name(subject),
        public_key,
        der.tagged(3, der.sequence(*extensions)),
    )
    return pem.encode("CERTIFICATE", der.sequence(body, algorithm, der.bits(signer.sign(body))))


def _key_id(public_key: bytes) -> bytes:
    """SHA-1 of the key's bits (RFC 5280, 4.2.1.2)."""
    bits = der.children(der.read(public_key).content)[1].content[1:]
    return hashlib.sha1(bits, usedforsecurity=False).digest()


def _extension(name: str, value: bytes, *, critical: bool = False) -> bytes:
    return der.sequence(der.oid(name), der.true() if critical else b"", der.octets(value))


def _general_name(host: str) -> bytes:
    address = packed(host)
    if address is not None:
        return der.tagged(7, address, constructed=False)
    return der.tagged(2, host.encode("ascii"), constructed=False)


def _name(name: Name) -> bytes:
    parts = [(ORGANIZATION, each) for each in name.organizations] + [(COMMON_NAME, name.common_name)]
    return der.sequence(
        *(der.element(der.SET, der.sequence(der.oid(kind), der.utf8(text))) for kind, text in parts)
    )


def _name_of(element: der.Element) -> Name:
    pairs = [der.children(der.children(each.content)[0].content) for each in der.children(element.content)]
    values = [(kind.whole, value.content.decode("utf-8", "replace")) for kind, value in pairs]
    names = [text for kind, text in values if kind == der.oid(COMMON_NAME)]
    return Name(names[-1] if names else "", tuple(text for kind, text in values if kind == der.oid(ORGANIZATION)))


def _time(seconds: float) -> bytes:
    """UTCTime until 2049, GeneralizedTime after it (RFC 5280, 4.1.2.5)."""
    moment = time.gmtime(seconds)
    if moment.tm_year < 2050:
        return der.element(der.UTC_TIME, time.strftime("%y%m%d%H%M%SZ", moment).encode())
    return der.element(der.GENERALIZED_TIME, time.strftime("%Y%m%d%H%M%SZ", moment).encode())


def _time_of(element: der.Element) -> float:
    from datetime import UTC, datetime

    text = element.content.decode("ascii", "replace").rstrip("Z")
    if element.tag == der.UTC_TIME:
        text = ("20" if int(text[:2]) < 50 else "19") + text
    fields = [int(text[at : at + 2]) for at in range(4, 14, 2)]
    return datetime(int(text[:4]), *fields, tzinfo=UTC).timestamp()
