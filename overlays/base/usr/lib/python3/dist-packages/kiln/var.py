"""
Keeps /var on the disk that the seed names, in a box that was started over the network: kiln-var.service runs this
before anything that /var should keep. The initrd of the next start then finds it (find-var).
"""

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kiln import remembered, status
from kiln.disk_choice import Candidates, Excluded, candidates
from kiln.disk_contents import probe
from kiln.disk_table import disk_facts, disk_table
from kiln.disk_work import WorkError, read_table
from kiln.disks import Disk, disk_of, list_disks, partition_path
from kiln.media import find_media
from kiln.problem import Problem
from kiln.settled import settled
from kiln.system import run, say
from kiln.var_decision import LABEL, Keep, Make, Place, Refuse, Use, View, decide
from kiln.var_key import VarWish, check
from kiln.var_work import GUARD, make, prepare

SECTION = "var"
# That of the definition, and the partition table's two MiB.
NEEDED_BYTES = 514 * 1024 * 1024
# Written by the initrd.
TROUBLE = Path("/run/kiln/var-trouble")
_VAR = Path("/var")
_QUIET_SECONDS = 5.0

DONE = 0
TRY_AGAIN = 75
"""EX_TEMPFAIL: a disk may come, or be taken out."""


def wish_of(state: Path = remembered.STATE) -> VarWish | None:
    """What the seed in use says; a wrong one has not come into use."""
    try:
        meta_data = json.loads((state / remembered.NAME / remembered.METADATA).read_bytes())
    except (OSError, ValueError):
        return None
    return check(meta_data["var"])[0] if isinstance(meta_data, Mapping) and "var" in meta_data else None


def look(wish: VarWish) -> View:
    """Everything that the decision depends on."""
    disks = list_disks()
    device = _device_of_var()
    carrier = disk_of(device) if device else None
    seeds = frozenset(disk_of(medium.name) for medium in find_media())
    # What /var itself does with its disk is no reason against that one.
    free = [replace(disk, uses=()) if disk.name == carrier else disk for disk in disks]
    found = candidates(free, Excluded(seeds=seeds), NEEDED_BYTES)
    places = tuple(place for disk in disks for place in _places(disk))
    return View(wish, found, places, f"/dev/{device}" if device else None, _trouble())


def _places(disk: Disk) -> list[Place]:
    try:
        entries = read_table(disk).partitions()
    except (OSError, WorkError):
        return []
    paths = [(entry.number, partition_path(disk.name, entry.number)) for entry in entries if entry.label == LABEL]
    return [Place(disk.name, number, path) for number, path in paths if path is not None]


def _device_of_var() -> str | None:
    number = os.stat(_VAR).st_dev
    place = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
    return place.resolve().name if place.exists() else None


def _trouble() -> str:
    try:
        return TROUBLE.read_text().strip()
    except OSError:
        return ""


def keep_var(wish: VarWish) -> int:
    """One run. Returns the exit code."""
    view = look(wish)
    decision = decide(view, probe, os.path.realpath)
    if not isinstance(decision, Keep):
        # Drives of a controller come one after the other.
        settled(_QUIET_SECONDS)
        view = look(wish)
        decision = decide(view, probe, os.path.realpath)
    if isinstance(decision, Keep):
        (_VAR / GUARD).unlink(missing_ok=True)
        return _done(decision.device)
    if isinstance(decision, Refuse):
        return _refused(decision.problem, view.found)
    try:
        device = _carry_out(decision)
    except (WorkError, OSError) as error:
        name = decision.place.device if isinstance(decision, Use) else decision.disk.path
        return _refused(Problem(f"var: {name}", str(error)), view.found)
    _restart(device)
    return TRY_AGAIN


def _carry_out(decision: Make | Use) -> str:
    if isinstance(decision, Make):
        say(f"making a place for /var on {decision.disk.name}")
    place = make(decision) if isinstance(decision, Make) else decision.place
    prepare(place)
    return place.device


def _done(device: str) -> int:
    was_wrong = bool(_published())
    status.publish(SECTION, {"disk": device, "problems": []})
    if was_wrong:
        # It was given up when this unit failed.
        run("systemctl", "start", "--no-block", "kiln-provision.service")
    return DONE


def _refused(problem: Problem, found: Candidates) -> int:
    problems = [{"key": problem.key, "message": problem.message}]
    is_new = _published() != problems
    status.publish(SECTION, {"disk": None, "disks": disk_facts(found, {}), "problems": problems})
    if is_new:
        say("/var is in memory, and k0s does not start", str(problem), *disk_table(found, {}))
    print(f"<3>{problem}", file=sys.stderr)
    return TRY_AGAIN


def _published() -> Sequence[object]:
    sections = status.read().get("sections")
    section = sections.get(SECTION) if isinstance(sections, Mapping) else None
    found = section.get("problems") if isinstance(section, Mapping) else None
    return found if isinstance(found, list) else []


def _restart(device: str) -> None:
    say(f"/var is on {device} from the next start on", "the box restarts")
    run("systemctl", "reboot", "--no-block")
    # What comes after this unit is not to start any more.
    signal.pause()


def main() -> int:
    """Returns the exit code."""
    wish = wish_of()
    if wish is not None:
        return keep_var(wish)
    trouble = _trouble()
    if trouble:
        problem = {"key": SECTION, "message": trouble, "severity": status.WARNING}
        status.publish(SECTION, {"disk": None, "problems": [problem]})
    return DONE


if __name__ == "__main__":
    sys.exit(main())
