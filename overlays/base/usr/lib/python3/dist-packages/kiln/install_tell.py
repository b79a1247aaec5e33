"""
Tells the server that this start came from what was installed, so that the machine starts from its disk when it asks
there again (builder/pxe/server.ts). What does not know such a message answers that it is not there.
"""

import urllib.request
from collections.abc import Callable
from http.client import HTTPException

_SECONDS = 10

Post = Callable[[str], None]


def tell_server(server: str | None, post: Post | None = None) -> str | None:
    """Returns why the server does not know, for the journal; None if it does, or if there is none."""
    if server is None:
        return None
    try:
        (post or _post)(f"{server.rstrip('/')}/installed")
    except (OSError, HTTPException, ValueError) as error:
        return f"{server} was not told that this machine is installed: {error}"
    return None


def _post(address: str) -> None:
    if not address.startswith(("http://", "https://")):
        raise ValueError("it is no address that starts with http:// or https://")
    request = urllib.request.Request(address, data=b"", method="POST")
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
        answer.read(1)
