"""Gets a seed over HTTP: each file with a limit, and a difference between "is not there" and "not now"."""

import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException

from kiln.problem import Problem
from kiln.seed_address import file_address, shown
from kiln.seed_files import LAYOUTS, NOCLOUD, TOTAL_LIMIT, Seed

_SECONDS = 10
_SCHEMES = ("http://", "https://")

Get = Callable[[str, int], bytes | None]


class NotNowError(Exception):
    """The server does not answer as it should; later it may."""


def fetch(address: str, get: Get | None = None) -> tuple[Seed | None, list[Problem]]:
    """
    The seed below an address, or why it is none.
    @raises NotNowError when it is worth another try
    """
    source = shown(address)
    if not address.startswith(_SCHEMES):
        known = " and ".join(_SCHEMES)
        return None, [Problem(source, f"is no address that a seed is read from; there are {known}")]
    layout = LAYOUTS[NOCLOUD]
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for name, limit in layout.limits().items():
        allowed = min(limit, TOTAL_LIMIT - sum(map(len, files.values())))
        try:
            data = (get or _get)(file_address(address, name), allowed)
        except ValueError as error:
            problems.append(Problem(f"{source}: {name}", str(error)))
            continue
        if data is not None:
            files[name] = data
        elif name == layout.meta_data:
            message = f"has no file {name}; put the seed there, or correct the address"
            problems.append(Problem(source, message))
            break
    return (None if problems else Seed(NOCLOUD, source, files)), problems


def _get(address: str, limit: int) -> bytes | None:
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:
            data: bytes = answer.read(limit + 1)
    except urllib.error.HTTPError as error:
        if error.code in (404, 410):
            return None
        raise NotNowError(f"answers with {error.code} {error.reason}") from error
    except (OSError, HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise NotNowError(f"does not answer: {getattr(reason, 'strerror', None) or reason}") from error
    if len(data) > limit:
        raise ValueError(f"is larger than {limit} bytes; is it the right file?")
    return data
