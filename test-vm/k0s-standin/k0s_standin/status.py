"""The status socket: what `k0s status` and other commands ask a running k0s."""

import os
import socket
import threading
from collections.abc import Callable
from typing import NamedTuple

from k0s_standin.failure import Conflict, Failure
from k0s_standin.http import Request, Response, answer, plain, serve
from k0s_standin.log import Log
from k0s_standin.places import Places, described
from k0s_standin.version import VERSION


class ApiConnection(NamedTuple):
    """Whether the worker reaches the API, and the last error."""

    is_up: bool
    message: str = ""


class Role(NamedTuple):
    """What a running k0s is."""

    name: str
    has_worker: bool
    is_single: bool


# A command that a controller carries out for another process: its body to an answer.
Command = Callable[[dict[str, object]], object]


class StatusSocket:
    """Serves the status of this process."""

    def __init__(
        self,
        role: Role,
        places: Places,
        config: object,
        connection: Callable[[], ApiConnection],
        commands: dict[str, Command],
        arguments: list[str],
    ) -> None:
        self._role = role
        self._places = places
        self._config = config
        self._connection = connection
        self._commands = commands
        self._arguments = arguments

    def start(self, log: Log) -> None:
        """Begins to listen; what a killed k0s left there is in the way no longer, as the lock is ours."""
        path = self._places.status_socket
        if os.path.exists(path):
            os.unlink(path)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        os.chmod(path, 0o600)
        listener.listen(16)
        serve(listener, self._answer, log)
        log.info(f"Listening address {path}")

    def status(self) -> dict[str, object]:
        connection = self._connection() if self._role.has_worker else ApiConnection(is_up=False)
        return {
            "Version": VERSION,
            "Pid": os.getpid(),
            "Role": self._role.name,
            "SysInit": "",
            "StubFile": "",
            "Workloads": self._role.has_worker,
            "SingleNode": self._role.is_single,
            "Args": self._arguments,
            "WorkerToAPIConnectionStatus": {"Message": connection.message, "Success": connection.is_up},
            "ClusterConfig": self._config,
            "K0sVars": described(self._places),
        }

    def _answer(self, request: Request) -> Response:
        if request.method == "GET" and request.path == "/status":
            return answer(self.status())
        if request.method == "GET" and request.path == "/components":
            return answer({"events": {}, "healthProbes": {}})
        command = self._commands.get(request.path)
        if request.method != "POST" or command is None:
            return plain("404 page not found\n", 404)
        try:
            return answer(command(request.object()))
        except (Failure, Conflict) as error:
            return plain(str(error), 500)


class Health:
    """The state of a connection, written by one thread and read by others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value = ApiConnection(is_up=False)

    def set(self, value: ApiConnection) -> None:
        with self._lock:
            self._value = value

    def get(self) -> ApiConnection:
        with self._lock:
            return self._value
