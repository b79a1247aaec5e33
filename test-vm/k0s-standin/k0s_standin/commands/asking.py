"""Asks the running k0s through its status socket."""

import json
import os

from k0s_standin.client import call_socket
from k0s_standin.failure import Failure
from k0s_standin.http import Response


def get(socket: str, path: str) -> dict[str, object]:
    return _accepted(socket, path, "GET", b"")


def post(socket: str, path: str, body: dict[str, object]) -> dict[str, object]:
    return _accepted(socket, path, "POST", json.dumps(body).encode())


def _accepted(socket: str, path: str, method: str, body: bytes) -> dict[str, object]:
    try:
        response = call_socket(socket, method, path, body)
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise Failure(f"can't reach k0s, is it running? dial unix {socket}: connect: {reason}") from None
    if response.status != 200:
        raise Failure(_told(response))
    return response.object()


def _told(response: Response) -> str:
    return response.body.decode("utf-8", "replace").strip() or response.line
