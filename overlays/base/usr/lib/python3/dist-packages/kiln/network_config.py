"""Has netplan look at a network-config before a box relies on it: it knows every key, and every place."""

import re
import tempfile
from pathlib import Path

from kiln.problem import Problem

_GENERATE = "/usr/libexec/netplan/generate"
_SECONDS = 30
# "/tmp/x/etc/netplan/seed.yaml:4:19: Error in network definition: malformed address …"
_AT = re.compile(r"seed\.yaml:(\d+):(\d+): (?:Error in network definition: )?(.*)")
_DEPTH = 2


def check_network(data: bytes, name: str) -> list[Problem]:
    """What netplan says of a network-config of version 2: nothing, or its first mistake."""
    from kiln.media import call

    text = data.decode("utf-8-sig")
    is_wrapped = not re.search(r"^network\s*:", text, re.MULTILINE)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "etc/netplan/seed.yaml")
        path.parent.mkdir(parents=True)
        path.touch(0o600)
        path.write_text(wrap(text) if is_wrapped else text)
        code, _, errors = call([_GENERATE, "--root-dir", directory], _SECONDS)
    if code == 0:
        return []
    return [read_error(errors.decode("utf-8", "replace"), name, is_wrapped)]


def wrap(text: str) -> str:
    """A document without the key `network` below one, as cloud-init does it. Pure."""
    lines = ("" if re.match(r"---\s*$", line) else line for line in text.splitlines())
    return "network:\n" + "".join(f"{' ' * _DEPTH}{line}\n" for line in lines)


def read_error(errors: str, name: str, is_wrapped: bool) -> Problem:
    """The problem in what netplan printed, at its place in the seed. Pure."""
    found = _AT.search(errors)
    if found is None:
        return Problem(name, f"netplan refuses it: {(errors.strip().splitlines() or ['it said nothing'])[-1]}")
    # It counts lines from 1 and columns from 0.
    line, column = int(found[1]), int(found[2]) + 1
    if is_wrapped:
        line, column = line - 1, max(1, column - _DEPTH)
    return Problem(f"{name}:{line}:{column}", f"netplan refuses it: {found[3]}")
