"""
Restarts k0s on a controller before its certificates end: k0s makes them anew at each start, and at no
other time.

A year's certificate is due between 60 and 30 days before its end; which day it is follows from the
box's machine-id, and the timer adds an hour of its own. So the controllers of a site, which were made
on one day, restart on different days, and a month is left for an operator to see that one did not.
"""

import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from kiln import status
from kiln.certificates import DAY, Certificate, of_box
from kiln.facts import CONTROLLERS

EARLIEST, LATEST, YEAR = 60, 30, 365
# So near the end a restart is tried even if the box is not well.
LAST_RESORT = 7 / YEAR


class Decision(NamedTuple):
    """Whether to restart k0s, and why or why not."""

    restart: bool
    reason: str


def decide(
    whole: Mapping[str, object], certificates: Iterable[Certificate], now: float, machine_id: str
) -> Decision:
    """From the box's status and k0s's certificates. Pure."""
    provision, health = _section(whole, "provision"), _section(whole, "health")
    if whole.get("role") not in CONTROLLERS or not provision.get("started"):
        return Decision(False, "this box is no controller: its certificates renew themselves")
    leafs = [each for each in certificates if not each.is_ca and not each.name.startswith("kubelet-client")]
    if not leafs:
        return Decision(False, "k0s has no certificates yet")
    first = min(leafs, key=lambda each: (each.ends - now) / each.lifetime)
    left = (first.ends - now) / first.lifetime
    what = f"{first.name} ends in {(first.ends - now) / DAY:.0f} days"
    if left >= due(machine_id):
        return Decision(False, f"{what}; nothing is due")
    if provision.get("certificates") == "manual":
        return Decision(False, f"{what}; the operator restarts k0s (certificates.restart: manual)")
    since = health.get("k0s-since")
    if isinstance(since, (int, float)) and first.begins < since - DAY:
        return Decision(False, f"{what}, and the last start of k0s did not renew it: another one would not")
    if health.get("state") != "ready" and left >= LAST_RESORT:
        return Decision(False, f"{what}; the box is not ready, so that a restart waits until it is")
    return Decision(True, what)


def due(machine_id: str) -> float:
    """The share of a certificate's life that is left when this box renews it. Pure."""
    spread = int(machine_id[:8], 16) % (EARLIEST - LATEST)
    return (EARLIEST - spread) / YEAR


def main() -> None:
    """Decides, says what, and restarts k0s when it is time."""
    whole = status.read()
    machine_id = Path("/etc/machine-id").read_text().strip()
    decision = decide(whole, of_box(), time.time(), machine_id)
    if not decision.restart:
        print(decision.reason)
        return
    unit = str(_section(whole, "provision").get("unit") or "k0scontroller.service")
    print(f"<5>{decision.reason}: restarting {unit}", file=sys.stderr, flush=True)
    subprocess.run(["systemctl", "restart", unit], check=True)


def _section(whole: Mapping[str, object], name: str) -> Mapping[str, object]:
    sections = whole.get("sections")
    found = sections.get(name) if isinstance(sections, dict) else None
    return found if isinstance(found, dict) else {}


if __name__ == "__main__":
    main()
