"""ECDSA keys on P-256, for certificates of which there are many: made in milliseconds where RSA takes seconds."""

import hashlib
import os
from typing import NamedTuple

from k0s_standin.pki import der, pem

EC_PUBLIC_KEY = "1.2.840.10045.2.1"
P256 = "1.2.840.10045.3.1.7"
ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"

# FIPS 186-4, D.1.2.3
PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)

# A point as X, Y, Z with x = X/Z², y = Y/Z³; Z = 0 is the point at infinity.
Point = tuple[int, int, int]
INFINITY: Point = (1, 1, 0)


class EcKey(NamedTuple):
    """A private key and its public point."""

    secret: int
    x: int
    y: int

    def public(self) -> bytes:
        """SubjectPublicKeyInfo."""
        algorithm = der.sequence(der.oid(EC_PUBLIC_KEY), der.oid(P256))
        return der.sequence(algorithm, der.bits(self._point()))

    def pem(self) -> bytes:
        """The key as OpenSSL writes it (RFC 5915)."""
        secret = der.octets(self.secret.to_bytes(32, "big"))
        parts = der.tagged(0, der.oid(P256)) + der.tagged(1, der.bits(self._point()))
        return pem.encode("EC PRIVATE KEY", der.sequence(der.integer(1), secret, parts))

    def sign(self, message: bytes) -> bytes:
        """ECDSA with SHA-256."""
        digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
        while True:
            nonce = _random()
            r = _times(nonce)[0] % ORDER
            s = pow(nonce, -1, ORDER) * (digest + r * self.secret) % ORDER
            if r and s:
                return der.sequence(der.integer(r), der.integer(s))

    def _point(self) -> bytes:
        return b"\4" + self.x.to_bytes(32, "big") + self.y.to_bytes(32, "big")


def make_key() -> EcKey:
    secret = _random()
    return EcKey(secret, *_times(secret))


def _random() -> int:
    """1 to ORDER - 1, evenly."""
    while True:
        value = int.from_bytes(os.urandom(32), "big")
        if 0 < value < ORDER:
            return value


def _times(factor: int) -> tuple[int, int]:
    """The base point, a number of times."""
    sum_, power = INFINITY, (*BASE, 1)
    while factor:
        if factor & 1:
            sum_ = _add(sum_, power)
        power = _double(power)
        factor >>= 1
    x, y, z = sum_
    inverse = pow(z, -1, PRIME)
    return x * inverse**2 % PRIME, y * inverse**3 % PRIME


def _double(point: Point) -> Point:
    x, y, z = point
    if z == 0:
        return INFINITY
    delta, gamma = z * z % PRIME, y * y % PRIME
    beta = x * gamma % PRIME
    alpha = 3 * (x - delta) * (x + delta) % PRIME
    x3 = (alpha * alpha - 8 * beta) % PRIME
    return x3, (alpha * (4 * beta - x3) - 8 * gamma * gamma) % PRIME, 2 * y * z % PRIME


def _add(one: Point, other: Point) -> Point:
    """The sum of two points that differ: here a power of two meets a sum of smaller ones."""
    (x1, y1, z1), (x2, y2, z2) = one, other
    if z1 == 0:
        return other
    square1, square2 = z1 * z1 % PRIME, z2 * z2 % PRIME
    u1, s1 = x1 * square2 % PRIME, y1 * z2 * square2 % PRIME
    h, r = (x2 * square1 - u1) % PRIME, (y2 * z1 * square1 - s1) % PRIME
    h2 = h * h % PRIME
    h3, v = h * h2 % PRIME, u1 * h2 % PRIME
    x3 = (r * r - h3 - 2 * v) % PRIME
    return x3, (r * (v - x3) - s1 * h3) % PRIME, h * z1 * z2 % PRIME
