"""What goes on beside the main thread until the program is told to stop."""

import threading
import time
from collections.abc import Callable

from k0s_standin.log import Log


class Stop:
    """Whether SIGTERM or SIGINT came; waiting ends at once when it does."""

    def __init__(self) -> None:
        import signal

        self._event = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._event.set())

    def wait(self, seconds: float | None = None) -> bool:
        """Waits; true when the program has to stop."""
        return self._event.wait(seconds)


class Stopped(Exception):
    """The program was told to stop while it waited for something."""


def pause(stop: Stop, seconds: float) -> None:
    """Waits, and raises Stopped when the program has to stop."""
    if stop.wait(seconds):
        raise Stopped


def every(seconds: float, action: Callable[[], None], log: Log) -> None:
    """Does something again and again in a thread, whatever it throws."""

    def repeat() -> None:
        while True:
            try:
                action()
            except Exception as error:  # A thread that ended would do its work never again.
                log.error(f"{type(error).__name__}: {error}")
            time.sleep(seconds)

    threading.Thread(target=repeat, daemon=True).start()
