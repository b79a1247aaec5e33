"""The few things that Kiln asks of the running system."""

import contextlib
import os
import sys
from pathlib import Path


def uptime() -> float:
    """Seconds since the kernel started."""
    return float(Path("/proc/uptime").read_text().split()[0])


def is_network_boot() -> bool:
    """Whether the root came over the network, and no disk has a system of this box."""
    return any(word.startswith("kiln.root=") for word in Path("/proc/cmdline").read_text().split())


def mark(path: Path) -> None:
    """Makes an empty file; conditions of units look for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def restart(why: str) -> None:
    """Restarts the box, and says so where people look."""
    tell(f"kiln: {why}; the box restarts to become it")
    run("systemctl", "reboot", "--no-block")


def tell(text: str) -> None:
    """To the journal, and to every console that the kernel uses: /dev/console is only one of them."""
    print(text, flush=True)
    for console in Path("/sys/class/tty/console/active").read_text().split():
        # tty0 is whichever screen is seen; people see the first. One that nobody reads must not hold us.
        path = f"/dev/{'tty1' if console == 'tty0' else console}"
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
            try:
                os.write(descriptor, f"\r\n{text}\r\n".encode())
            finally:
                os.close(descriptor)


def say(*lines: str) -> None:
    """On every console, and in the journal."""
    tell("\r\n".join(f"kiln: {line}" if index == 0 else f"  {line}" for index, line in enumerate(lines)))


def run(*command: str) -> bool:
    """Runs a program with this one's output; returns whether it went well, and logs it if it did not."""
    code = os.spawnvp(os.P_WAIT, command[0], command)
    if code != 0:
        print(f"<4>{' '.join(command)} ended with {code}", file=sys.stderr)
    return code == 0
