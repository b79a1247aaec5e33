"""PEM as far as it can be judged without a library for keys."""

import base64
import binascii
import re

_BLOCK = re.compile(
    r"-----BEGIN ([A-Z0-9 ]+)-----[ \t]*\r?\n(.*?)-----END ([A-Z0-9 ]+)-----[ \t]*(?:\r?\n|$)", re.DOTALL
)
CERTIFICATE = ("CERTIFICATE",)
PRIVATE_KEY = ("RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY")
PUBLIC_KEY = ("PUBLIC KEY", "RSA PUBLIC KEY")


class PemProblem(Exception):
    """Why a text is not the PEM that was wanted; never repeats a part of it."""


def block_of(text: str, kinds: tuple[str, ...]) -> bytes:
    """The bytes of the only PEM block in a text; raises PemProblem when it is none of these kinds."""
    blocks = list(_BLOCK.finditer(text))
    if not blocks:
        raise PemProblem(f"is not PEM: no whole block -----BEGIN {kinds[0]}----- … -----END {kinds[0]}-----")
    begin, body, end = blocks[0].groups()
    if "ENCRYPTED" in begin or "Proc-Type:" in body:
        raise PemProblem("is an encrypted key; k0s needs it without a passphrase")
    if begin not in kinds or end != begin:
        raise PemProblem(f"is PEM of the kind {begin}; it has to be {' or '.join(kinds)}")
    if len(blocks) > 1 or _BLOCK.sub("", text).strip():
        raise PemProblem("has more than one block, or text beside it; leave one")
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        raise PemProblem("is damaged: what is between its lines is not base64") from None


def certificate_of(text: str) -> bytes:
    """The DER of a certificate; raises PemProblem."""
    der = block_of(text, CERTIFICATE)
    # A sequence that says how long it is, and is.
    if der[:2] != b"\x30\x82" or int.from_bytes(der[2:4]) + 4 != len(der):
        raise PemProblem("is damaged: it is no certificate, or not a whole one")
    return der
