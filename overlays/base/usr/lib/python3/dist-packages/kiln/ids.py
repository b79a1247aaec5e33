"""
The numbers of users and groups that a seed makes. /etc forgets them with each boot; what they own in
/var does not, so a name keeps its number for ever, and a number is never given to another name.
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from kiln.files import write_atomic

TABLE = Path("/var/lib/kiln/ids.json")
HOMES = Path("/var/home")
FIRST = 1000
LAST = 59999


def number_of(name: str, taken: Collection[int], table: Path = TABLE, homes: Path = HOMES) -> int:
    """
    The number of a user or group; a new one is on disk before anybody has it. `taken` are numbers that
    the seed itself gives.
    """
    known = _read(table)
    if name in known:
        return known[name]
    number = choose(name, known, taken, _owner(homes / name))
    table.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(table, json.dumps({**known, name: number}, indent=2).encode())
    return number


def choose(name: str, known: Mapping[str, int], taken: Collection[int], owner: int | None) -> int:
    """The number for a new name: that of the home that is there already, else the next free one. Pure."""
    used = {*known.values(), *taken}
    if owner is not None and owner not in used and FIRST <= owner <= LAST:
        return owner
    number = max((FIRST - 1, *known.values())) + 1
    while number in used:
        number += 1
    return number


def _owner(home: Path) -> int | None:
    try:
        return home.stat().st_uid
    except OSError:
        return None


def _read(table: Path) -> dict[str, int]:
    try:
        found = json.loads(table.read_bytes())
    except (OSError, ValueError):
        return {}
    entries = found.items() if isinstance(found, dict) else ()
    return {name: number for name, number in entries if isinstance(number, int)}
