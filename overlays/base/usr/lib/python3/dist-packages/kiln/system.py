"""The few things that Kiln asks of the running system."""

import os
import sys
from pathlib import Path


def uptime() -> float:
    """Seconds since the kernel started."""
    return float(Path("/proc/uptime").read_text().split()[0])


def mark(path: Path) -> None:
    """Makes an empty file; conditions of units look for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def restart(why: str) -> None:
    """Restarts the box, and says so where people look."""
    print(f"kiln: {why}; the box restarts to become it", flush=True)
    run("systemctl", "reboot", "--no-block")


def run(*command: str) -> bool:
    """Runs a program with this one's output; returns whether it went well, and logs it if it did not."""
    code = os.spawnvp(os.P_WAIT, command[0], command)
    if code != 0:
        print(f"<4>{' '.join(command)} ended with {code}", file=sys.stderr)
    return code == 0
