"""PEM: DER in base64 between two lines (RFC 7468)."""

import binascii
import re

BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s+(.+?)-----END \1-----", re.DOTALL)


def encode(label: str, der: bytes) -> bytes:
    text = binascii.b2a_base64(der, newline=False)
    lines = b"\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return b"-----BEGIN %b-----\n%b\n-----END %b-----\n" % (label.encode(), lines, label.encode())


def decode(data: bytes) -> tuple[str, bytes]:
    """Label and DER of the first block; ValueError when there is none."""
    found = BLOCK.search(data)
    if found is None:
        raise ValueError("no PEM block")
    try:
        return found[1].decode(), binascii.a2b_base64(found[2])
    except binascii.Error as error:
        raise ValueError(f"PEM: {error}") from None
