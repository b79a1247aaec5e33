"""Log lines in the format of k0s (logrus text), each marked as the stand-in's."""

import json
import os
import time
from typing import NamedTuple

from k0s_standin.version import NOTICE

STDERR = 2


class Log(NamedTuple):
    """Writes one line for each event to stderr, in one piece: threads and processes share it."""

    component: str
    is_verbose: bool = False

    def named(self, component: str) -> "Log":
        """The same log for another component."""
        return self._replace(component=component)

    def debug(self, message: str) -> None:
        if self.is_verbose:
            self._write("debug", message)

    def info(self, message: str) -> None:
        self._write("info", message)

    def warn(self, message: str) -> None:
        self._write("warning", message)

    def error(self, message: str) -> None:
        self._write("error", message)

    def _write(self, level: str, message: str) -> None:
        now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        text = json.dumps(message, ensure_ascii=False)
        line = f'time="{now}" level={level} msg={text} component={self.component} by="{NOTICE}"\n'
        os.write(STDERR, line.encode(errors="replace"))
