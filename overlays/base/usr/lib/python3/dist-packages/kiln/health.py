"""
Watches the box: publishes the section `health` of the status, and reaches kiln-health.target while the
box does what it is there for.

One process that sleeps: starting Python for every look would cost ten times the processor's time, and a
line in the journal each.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import NamedTuple

from kiln import status
from kiln.checks import Finding, is_serving, judge
from kiln.facts import Facts
from kiln.gather import gather

TARGET = "kiln-health.target"
STARTING, READY, DEGRADED, BROKEN = "starting", "ready", "degraded", "broken"
# Seconds between two looks. While k0s starts somebody is likely to be waiting.
PAUSES = {STARTING: 5.0, READY: 60.0}
PAUSE = 20.0
# k0s was started again on purpose, and gets the time that takes.
RESTART_GRACE = 180


class Memory(NamedTuple):
    """What a look has to know of those before it. `waiting_since` is when k0s was first seen not serving."""

    waiting_since: float | None = None
    was_ready: bool = False
    told: frozenset[str] = frozenset()


class Look(NamedTuple):
    """What one look has found, and what the next has to remember."""

    section: dict[str, object]
    memory: Memory
    news: list[str]
    """Lines for the journal: problems that were not there before."""

    @property
    def state(self) -> str:
        return str(self.section["state"])


def look(facts: Facts, memory: Memory, monotonic: float) -> Look:
    """The section `health` and the next memory. Pure."""
    serving = facts.started and is_serving(facts)
    since = None if serving or not facts.started else memory.waiting_since
    if facts.started and not serving and since is None:
        since = monotonic
    findings = judge(facts, monotonic - since if since is not None else 0.0)
    state = state_of(facts, findings, serving, memory.was_ready)
    problems = [_problem(each) for each in findings if each.severity]
    lines = {_journal_line(each) for each in findings if each.severity}
    section: dict[str, object] = {
        "state": state,
        "started": facts.started,
        "k0s-since": int(facts.unit.since) if facts.unit and facts.unit.since and serving else None,
        "checks": {each.check: _check(each) for each in findings},
        "problems": problems,
    }
    news = sorted(lines - memory.told)
    was_ready = memory.was_ready or (facts.started and state == READY)
    return Look(section, Memory(since, was_ready, frozenset(lines)), news)


def state_of(facts: Facts, findings: list[Finding], serving: bool, was_ready: bool) -> str:
    """starting, ready, degraded or broken. Of a box without k0s: ready or degraded. Pure."""
    has_errors = any(each.is_error for each in findings)
    if serving or not facts.started:
        return DEGRADED if has_errors else READY
    # Only of k0s: that the disk is nearly full does not keep it from starting.
    if any(each.is_error and each.check in ("k0s", "join") for each in findings):
        return DEGRADED if was_ready else BROKEN
    since = facts.unit.since if facts.unit else None
    has_just_started = since is not None and facts.now - since < RESTART_GRACE
    return DEGRADED if was_ready and not has_just_started else STARTING


def main() -> None:
    """Looks, publishes and sleeps until it is stopped. SIGHUP makes it look at once."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    memory = Memory()
    in_target: bool | None = None
    while True:
        facts = gather(_sections())
        found = look(facts, memory, time.monotonic())
        memory = found.memory
        for line in found.news:
            print(line, file=sys.stderr, flush=True)
        whole = status.publish("health", found.section)
        is_ready = facts.started and found.state == READY
        if is_ready != in_target:
            in_target = is_ready
            _set_target(is_ready)
        _notify(f"WATCHDOG=1\nSTATUS={whole['state']}")
        signal.sigtimedwait({signal.SIGHUP}, PAUSES.get(found.state, PAUSE))


def _problem(finding: Finding) -> dict[str, object]:
    problem: dict[str, object] = {"key": finding.key or finding.check, "message": finding.text}
    return problem if finding.is_error else {**problem, "severity": finding.severity}


def _journal_line(finding: Finding) -> str:
    """With its priority, as sd-daemon(3) has it."""
    return f"<{3 if finding.is_error else 4}>{finding.key or finding.check}: {finding.text}"


def _check(finding: Finding) -> dict[str, object]:
    return {"ok": finding.severity is None and finding.key != "starting", "text": finding.text}


def _sections() -> Mapping[str, object]:
    sections = status.read().get("sections")
    return sections if isinstance(sections, dict) else {}


def _set_target(reached: bool) -> None:
    verb = "start" if reached else "stop"
    subprocess.run(["systemctl", "--no-block", "--quiet", verb, TARGET], check=False, timeout=30)


def _notify(text: str) -> None:
    """sd_notify(3)."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
        manager.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        manager.sendall(text.encode())


if __name__ == "__main__":
    main()
