"""What the health checks know of the box when they judge it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from kiln.certificates import Certificate
from kiln.probe import Reply

CONTROLLERS = ("controller", "controller+worker", "single")
WORKERS = ("worker", "controller+worker", "single")


class Unit(NamedTuple):
    """What systemd says of a unit of k0s. `since` is when it last became active, in seconds of the epoch."""

    name: str
    active: str
    sub: str
    restarts: int = 0
    result: str = "success"
    exit_status: int = 0
    since: float | None = None
    conditions_met: bool = True
    is_queued: bool = False
    """Whether systemd is about to do something with it."""

    @property
    def is_running(self) -> bool:
        return self.active == "active" and self.sub == "running"

    @property
    def has_ended(self) -> bool:
        """Whether it has run and does so no more, or ended once and runs again."""
        is_down = self.active in ("inactive", "failed") and not self.is_queued
        return is_down or self.restarts > 0 or self.sub == "auto-restart"


class Space(NamedTuple):
    """A file system or memory: bytes there are, and bytes that are free. Inodes where there are any."""

    total: int
    free: int
    inodes: int = 0
    free_inodes: int = 0


class Join(NamedTuple):
    """The server that the box has to join, or has joined (`is_done`), and what it says."""

    url: str
    reply: Reply
    is_done: bool = False


class Facts(NamedTuple):
    """One look at the box. What was not asked, because it cannot matter, is None."""

    now: float
    uptime: float
    epoch: float
    synchronised: bool
    disk: Space
    memory: Space
    role: str | None = None
    started: bool = False
    certificates_manual: bool = False
    unit: Unit | None = None
    status: Reply | None = None
    k0s: Mapping[str, object] = MappingProxyType({})
    """What k0s says of itself, from its status socket."""
    api: Reply | None = None
    kubelet: Reply | None = None
    join: Join | None = None
    log: tuple[str, ...] = ()
    address: str = ""
    certificates: tuple[Certificate, ...] = ()
    failed_units: tuple[str, ...] = ()
    verified: bool = True
    var_in_memory: bool = False
    """So it is on a box that was started over the network."""

    @property
    def is_controller(self) -> bool:
        return self.role in CONTROLLERS

    @property
    def is_worker(self) -> bool:
        return self.role in WORKERS
