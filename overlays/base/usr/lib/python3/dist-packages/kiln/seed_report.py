"""What becomes of the seed, for the status and the journal."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiln.problem import Problem

SECTION = "seed"


@dataclass
class Report:
    """Collects problems while a seed is looked for."""

    errors: list["Problem"] = field(default_factory=list)
    warnings: list[Mapping[str, str]] = field(default_factory=list)

    def publish(
        self, *, source: str | None, instance_id: str | None = None, is_remembered: bool = False
    ) -> None:
        """Says what the box lives from."""
        from kiln import status

        problems = [
            *({"key": error.key, "message": error.message} for error in self.errors),
            *({**warning, "severity": status.WARNING} for warning in self.warnings),
        ]
        status.publish(
            SECTION,
            {"source": source, "instance-id": instance_id, "remembered": is_remembered, "problems": problems},
        )
        self._log()

    def publish_beside(self, origin: str = SECTION) -> None:
        """
        Says what else is wrong while the box goes on living from what it does. It takes the place of what
        the same origin said before: a medium may have been taken out, and a server may have a better seed.
        """
        from kiln import status

        sections = status.read().get("sections")
        section = sections.get(SECTION) if isinstance(sections, Mapping) else None
        data = dict(section) if isinstance(section, Mapping) else {"source": None}
        found = data.get("problems")
        known = found if isinstance(found, list) else []
        new = [
            *({"key": error.key, "message": error.message, "origin": origin} for error in self.errors),
            *({**warning, "severity": status.WARNING, "origin": origin} for warning in self.warnings),
        ]
        problems = [*(each for each in known if not _is_of(each, origin)), *new]
        if problems != known:
            status.publish(SECTION, {**data, "problems": problems})
        self._log()

    def _log(self) -> None:
        for error in self.errors:
            print(f"<3>{error}", file=sys.stderr)
        for warning in self.warnings:
            print(f"<4>{warning['key']}: {warning['message']}", file=sys.stderr)


def _is_of(problem: Mapping[str, str], origin: str) -> bool:
    """What a seed that is in use warns of stays as long as the seed does."""
    return problem["origin"] == origin if "origin" in problem else "severity" not in problem and origin == SECTION
