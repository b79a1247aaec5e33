"""Tells in the status what cloud-init could not do. Its units start this when they fail."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from kiln.problem import Problem
from kiln.seed_report import Report

_STATUS = Path("/run/cloud-init/status.json")
# A module's failure is told as ('write_files', OSError(…)).
_OF_MODULE = re.compile(r"^\('(\w+)', (\w+)")
_HINT = "see /var/log/cloud-init.log on the box"
_LONGEST = 160


def read_errors(status: object) -> list[Problem]:
    """The problems in cloud-init's status.json, each once. Pure."""
    stages = status.get("v1") if isinstance(status, Mapping) else None
    found: dict[Problem, None] = {}
    for stage in stages.values() if isinstance(stages, Mapping) else ():
        errors = stage.get("errors") if isinstance(stage, Mapping) else None
        for error in errors if isinstance(errors, list) else ():
            found[_problem(str(error))] = None
    return list(found)


def _problem(error: str) -> Problem:
    module = _OF_MODULE.match(error)
    if module:
        # What comes behind may be a command with its arguments, and so a secret.
        return Problem(f"cloud-init: {module[1]}", f"ended with {module[2]}; {_HINT}")
    return Problem("cloud-init", f"{error.splitlines()[0][:_LONGEST] if error else 'has failed'}; {_HINT}")


def main() -> None:
    """Publishes what cloud-init has noted so far."""
    try:
        status = json.loads(_STATUS.read_bytes())
    except (OSError, ValueError):
        status = {}
    report = Report(errors=read_errors(status) or [Problem("cloud-init", f"has failed; {_HINT}")])
    report.publish_beside("cloud-init")


if __name__ == "__main__":
    main()
