"""
Installs this image onto a disk, when a seed asks for it: kiln-install.service runs this in a start with
`kiln.install` on the kernel's command line. Without a clear order it lists what it sees, and waits.
"""

import os
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from kiln import install_work as work
from kiln.disk_choice import Candidates, Excluded, candidates
from kiln.disk_contents import Contents, is_kiln, probe
from kiln.disk_table import disk_facts, disk_table
from kiln.disk_work import WorkError, read_table
from kiln.disks import Disk, disk_of, list_disks
from kiln.install_decision import Already, Install, View, Wait, decide
from kiln.install_esp import Mark
from kiln.install_layout import DEFINITIONS, Image, needed_bytes, slots_of
from kiln.install_report import INSTALLED, INSTALLING, WAITING, key_lines, publish
from kiln.install_seed import Found, Order, choose
from kiln.install_tell import tell_server
from kiln.network_config import check_network
from kiln.problem import Problem
from kiln.seed_address import Hint, read_hint, shown
from kiln.settled import settled
from kiln.system import run, say

# What takes part in a choice has to have come: drives of a controller come one after the other.
_QUIET_SECONDS = 5.0
_FIRST_SECONDS = 10.0
_LOOK_SECONDS = 2.0
_ASK_SECONDS = 5.0
# Firmware that starts the installer again so soon has not done what it was told.
_RESTART_SECONDS = 900.0


class Installer:
    """What is known from one look to the next."""

    def __init__(
        self,
        image: Image,
        slots: tuple[int, ...],
        hint: Hint,
        medium: str | None,
        server: str | None = None,
    ) -> None:
        self.image, self.slots, self.hint, self.medium = image, slots, hint, medium
        self.server = server
        """Where the network boot came from."""

        self.fetched: list[Found] | None = None
        """The seed of the address, got once: a server may give it out once only."""

        self.problems: list[Problem] = []
        self.not_yet: Problem | None = None
        self.told: object = None
        self.has_written = False

    def look(self) -> View:
        """Everything that the decision depends on."""
        disks = list_disks()
        order, problems = self._order(disks)
        carriers = order.disks if order else frozenset()
        excluded = Excluded(frozenset(d.name for d in disks if _has_label(d, self.medium)), carriers)
        found = candidates(disks, excluded, needed_bytes(self.slots))
        contents = {disk.name: _contents(disk) for disk in found.disks}
        marks = _marks(found, contents) if order else {}
        return View(
            order,
            problems,
            # A server that does not answer yet has given none.
            any(problem is not self.not_yet for problem in problems),
            found,
            contents,
            marks,
            self.image.root_hash,
            self.image.root_uuid,
            self.slots,
        )

    def step(self) -> bool:
        """Looks, decides, acts. Returns whether the machine is about to stop."""
        view = self.look()
        decision = decide(view, os.path.realpath)
        if isinstance(decision, Install):
            return self._install(decision, view)
        if isinstance(decision, Already):
            return self._already(decision, view)
        self._wait(decision, view)
        return False

    def _order(self, disks: Sequence[Disk]) -> tuple[Order | None, list[Problem]]:
        found, unreadable = _read_media({disk.name for disk in disks if _has_kiln(disk)})
        order, problems = choose(found, self.hint, check_network)
        if order is None and not problems and self.hint.address is not None:
            order, problems = choose(self._fetch(self.hint.address), self.hint, check_network)
            problems = [*problems, *self.problems, *([self.not_yet] if self.not_yet else [])]
        return order, [*problems, *(unreadable if order is None else [])]

    def _fetch(self, address: str) -> list[Found]:
        from kiln.fetch import NotNowError, fetch

        if self.fetched is not None:
            return self.fetched
        try:
            seed, problems = fetch(address)
        except NotNowError as error:
            self.not_yet = Problem(shown(address), f"{error}; it is asked again until it has the seed")
            return []
        self.not_yet, self.problems = None, problems
        if seed is None:
            # Somebody may put it right.
            return []
        self.fetched = [Found(seed)]
        return self.fetched

    def _wait(self, decision: Wait, view: View) -> None:
        facts = {name: contents.text for name, contents in view.contents.items()}
        table = disk_table(view.found, facts)
        if self.told == (decision, table):
            return
        self.told = (decision, table)
        publish(WAITING, decision.text, decision.problems, disk_facts(view.found, facts))
        lines = [f"{decision.text}; nothing is written", *(str(problem) for problem in decision.problems), *table]
        say(*lines, *key_lines(view.found))

    def _install(self, plan: Install, view: View) -> bool:
        name, then = plan.disk.name, plan.order.wish.then
        text = f"Kiln {self.image.version} onto {name}"
        publish(INSTALLING, f"installing {text}", warnings=plan.warnings, instance_id=plan.order.instance_id)
        had = view.contents[name].text
        kept = "; /var stays" if plan.step.kind == "keep" else ""
        say(f"installing {text} ({plan.disk.model or plan.disk.bus}), which has {had}{kept}")
        self.has_written = True
        try:
            warnings = (*plan.warnings, *work.install(plan, self.image, self.hint))
        except (WorkError, OSError) as error:
            self._failed(plan.disk, str(error))
            return False
        done = work.done_text(plan, self.image)
        publish(INSTALLED, f"installed: {done}", warnings=warnings, instance_id=plan.order.instance_id)
        last = "the machine switches itself off" if then == "poweroff" else "the machine restarts from the disk"
        say(f"installed: {done}", *(f"warning: {each}" for each in warnings), last)
        self._tell()
        return _stop(then)

    def _failed(self, disk: Disk, reason: str) -> None:
        problem = Problem(f"install: {disk.name}", reason)
        publish(WAITING, "the installation has failed", (problem,))
        say("the installation has failed; the disk boots nothing", str(problem),
            "it is tried again when a disk or a seed comes, or at the next start")

    def _already(self, decision: Already, view: View) -> bool:
        if self.told == decision:
            return False
        self.told = decision
        disk = decision.disk
        text = f"already installed on {disk.name} as {decision.order.instance_id}"
        is_soon = abs(time.time() - decision.mark.restarted) < _RESTART_SECONDS
        if not is_soon and work.start_from_disk(disk, decision.mark):
            publish(INSTALLED, text, instance_id=decision.order.instance_id)
            say(text, "the machine restarts from the disk")
            self._tell()
            return _stop("reboot")
        hint = "take the installer's medium out and restart the machine"
        publish(INSTALLED, f"{text}; {hint}", instance_id=decision.order.instance_id)
        say(text, hint, "to install it again, give the seed another instance-id")
        self._tell()
        return False

    def _tell(self) -> None:
        reason = tell_server(self.server)
        if reason is not None:
            print(f"<4>{reason}", file=sys.stderr)

    def watch(self) -> None:
        """For as long as the machine runs."""
        seen: object = None
        asked = 0.0
        while True:
            now = settled(_FIRST_SECONDS if seen is None else _QUIET_SECONDS)
            is_due = self._asks() and time.monotonic() - asked >= _ASK_SECONDS
            if now != seen or is_due:
                asked = time.monotonic()
                if self.step():
                    return
                # Its own work changes what it sees.
                seen = settled(0) if self.has_written else now
                self.has_written = False
            time.sleep(_LOOK_SECONDS)

    def _asks(self) -> bool:
        return self.hint.address is not None and self.fetched is None


def _read_media(installed: Collection[str]) -> tuple[list[Found], list[Problem]]:
    """All seeds but those beside a Kiln: they made that box what it is, and nobody can take them out."""
    from kiln.media import find_media, read_medium

    found: list[Found] = []
    problems: list[Problem] = []
    for medium in find_media():
        if disk_of(medium.name) in installed:
            continue
        seed, wrong = read_medium(medium)
        problems.extend(wrong)
        if seed is not None:
            found.append(Found(seed, disk_of(medium.name)))
    return found, problems


def _has_kiln(disk: Disk) -> bool:
    try:
        return is_kiln(read_table(disk).partitions())
    except (OSError, WorkError):
        return False


def _contents(disk: Disk) -> Contents:
    try:
        return probe(disk)
    except OSError as error:
        return Contents("other", f"something that cannot be read ({error.strerror or error})")


def _marks(found: Candidates, contents: Mapping[str, Contents]) -> dict[str, Mark]:
    marks = {
        disk.name: work.mark_on(disk, contents[disk.name])
        for disk in found.disks
        if contents[disk.name].kind == "kiln"
    }
    return {name: mark for name, mark in marks.items() if mark is not None}


def _has_label(disk: Disk, label: str | None) -> bool:
    return bool(label) and label in (disk.label, *(part.label for part in disk.parts))


def _stop(then: str) -> bool:
    run("systemctl", then, "--no-block")
    return True


def word(line: str, name: str) -> str | None:
    """The last value of a word of the kernel's command line. Pure."""
    values = [each.partition("=")[2] for each in line.split() if each.startswith(f"{name}=")]
    return values[-1] if values else None


def main() -> int:
    """Returns the exit code."""
    from kiln.status import parse_os_release

    line = Path("/proc/cmdline").read_text()
    version = parse_os_release(Path("/usr/lib/os-release").read_text()).get("IMAGE_VERSION", "")
    root_hash = word(line, "roothash") or ""
    definitions = {path.name: path.read_text() for path in Path(DEFINITIONS).glob("*.conf")}
    publish(WAITING, "looking for disks and a seed")
    missing = [name for name in ("system.efi", "loader.efi", "loader.conf") if not (work.SOURCE / name).is_file()]
    if missing or len(root_hash) != 64 or not version:
        has_not = f"{work.SOURCE} has no {' and no '.join(missing)}"
        reason = has_not if missing else "the command line or the image does not say which image this is"
        problem = Problem("installer", f"{reason}; start it from another medium")
        publish(WAITING, "this start cannot install", (problem,))
        return 1
    image = Image(version, root_hash)
    where = word(line, "kiln.medium"), word(line, "kiln.server")
    Installer(image, slots_of(definitions), read_hint(), *where).watch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
