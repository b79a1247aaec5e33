"""What the installer says: on the consoles, in status.json, and in the journal."""

import sys
from collections.abc import Callable, Mapping, Sequence

from kiln.disk_choice import Candidates, size_text
from kiln.problem import Problem
from kiln.system import say

SECTION = "install"
WAITING = "waiting"
INSTALLING = "installing"
INSTALLED = "installed"


def publish(
    state: str,
    text: str,
    problems: Sequence[Problem] = (),
    disks: Sequence[Mapping[str, object]] = (),
    warnings: Sequence[Problem] = (),
    instance_id: str | None = None,
) -> None:
    """Puts it where kiln-status and the banner look."""
    from kiln import status

    told = [{"key": each.key, "message": each.message} for each in problems]
    told += [{"key": each.key, "message": each.message, "severity": status.WARNING} for each in warnings]
    data = {"state": state, "text": text, "instance-id": instance_id, "disks": list(disks), "problems": told}
    status.publish(SECTION, data)
    for problem in problems:
        print(f"<3>{problem}", file=sys.stderr)
    for problem in warnings:
        print(f"<4>{problem}", file=sys.stderr)


def key_lines(found: Candidates) -> list[str]:
    """What could be written into the seed's meta-data. Pure."""
    if not found.disks:
        return []
    lines = [f"install: {{ disk: {disk.stable_path} }}" for disk in found.disks]
    return ["to install onto one of them, put a line like these into the seed's meta-data:", *lines]


class Progress:
    """Says how far a long work is, not more often than people read."""

    def __init__(self, what: str, total_bytes: int, clock: Callable[[], float]) -> None:
        self._what, self._total, self._clock = what, total_bytes, clock
        self._start = self._told = clock()

    def at(self, done_bytes: int) -> None:
        """Takes what is done by now."""
        now = self._clock()
        if now - self._told < 5:
            return
        self._told = now
        speed = done_bytes / max(now - self._start, 0.001)
        percent = min(100, 100 * done_bytes // max(self._total, 1))
        done, whole = size_text(done_bytes), size_text(self._total)
        say(f"{self._what}: {done} of {whole}, {percent} %, {size_text(int(speed))}/s")

    def end(self) -> None:
        """Says how fast it was."""
        seconds = max(self._clock() - self._start, 0.001)
        say(f"{self._what}: {size_text(self._total)} in {seconds:.0f} s, {size_text(int(self._total / seconds))}/s")
