"""DER: what certificates and keys are written in (ITU-T X.690)."""

from typing import NamedTuple

INTEGER, BITS, OCTETS, NULL, OID, UTF8, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x30, 0x31
BOOLEAN, UTC_TIME, GENERALIZED_TIME = 0x01, 0x17, 0x18


class Element(NamedTuple):
    """One element: its tag, its content, and all of its bytes."""

    tag: int
    content: bytes
    whole: bytes


def element(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    return element(SEQUENCE, *parts)


def integer(value: int) -> bytes:
    """A number that is not negative: with a leading zero where its first bit would be a sign."""
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def bits(content: bytes) -> bytes:
    return element(BITS, b"\0", content)


def octets(content: bytes) -> bytes:
    return element(OCTETS, content)


def utf8(text: str) -> bytes:
    return element(UTF8, text.encode())


def true() -> bytes:
    return element(BOOLEAN, b"\xff")


def null() -> bytes:
    return element(NULL)


def tagged(number: int, *parts: bytes, constructed: bool = True) -> bytes:
    """A context-specific element."""
    return element((0xA0 if constructed else 0x80) | number, *parts)


def oid(name: str) -> bytes:
    first, second, *rest = (int(each) for each in name.split("."))
    content = bytearray([first * 40 + second])
    for arc in rest:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | (arc & 0x7F))
        content += bytes(reversed(groups))
    return element(OID, bytes(content))


def read(data: bytes, at: int = 0) -> Element:
    """The element at a place; ValueError for what is no DER."""
    if at + 2 > len(data):
        raise ValueError("truncated DER")
    tag, size, start = data[at], data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        size = int.from_bytes(data[start : start + count], "big")
        start += count
    if start + size > len(data):
        raise ValueError("truncated DER")
    return Element(tag, data[start : start + size], data[at : start + size])


def children(content: bytes) -> list[Element]:
    """The elements that a constructed element holds."""
    found: list[Element] = []
    at = 0
    while at < len(content):
        found.append(read(content, at))
        at += len(found[-1].whole)
    return found


def number(value: Element) -> int:
    return int.from_bytes(value.content, "big")
