"""An RSA key for tests: made once, as making one takes a while and needs no ssh-keygen here."""

import functools
import os

from k0s_standin.pki import der, pem

ROUNDS = 20


@functools.cache
def rsa_key() -> bytes:
    """A 1024-bit key in PKCS#1 PEM."""
    p, q = _prime(512), _prime(512)
    d = pow(65537, -1, (p - 1) * (q - 1))
    numbers = (0, p * q, 65537, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    return pem.encode("RSA PRIVATE KEY", der.sequence(*map(der.integer, numbers)))


def _prime(bits: int) -> int:
    while True:
        value = int.from_bytes(os.urandom(bits // 8), "big") | 3 << (bits - 2) | 1
        if value % 65537 != 1 and all(pow(base, value - 1, value) == 1 for base in range(2, ROUNDS)):
            return value
