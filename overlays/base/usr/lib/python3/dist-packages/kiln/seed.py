"""
Finds the box's seed, checks it, remembers it, and points cloud-init at it. Four units run this:

    boot      before cloud-init: media, the remembered seed, or where else to look
    net       the first boot with a seed on the network, once it is up
    refresh   later boots: has the seed on the network changed?
    plugged   a medium came while the box was running
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kiln import cloud_init, late_start, remembered
from kiln.remembered import DamagedError, Record
from kiln.seed_address import Hint, read_hint, shown
from kiln.seed_choice import Choice, choose
from kiln.seed_files import Seed
from kiln.seed_report import Report
from kiln.system import is_network_boot, mark, restart, run, uptime

if TYPE_CHECKING:
    from kiln.media import Medium
    from kiln.problem import Problem
    from kiln.seed_check import Examined

RUN = Path("/run/kiln")
# Where the units' conditions look: a seed on the network is wanted, or may have changed.
WANTED = RUN / "seed-wanted"
REFRESH = RUN / "seed-refresh"
# Media that were looked at, by device, with the number that the kernel gives to each that is put in.
_SEEN = RUN / "media"
# Set aside before a restart for a changed address: a server that never says the same twice must not
# restart the box for ever.
_RESTARTED = remembered.STATE / "seed.restarted"

_STICK_SECONDS = 10.0
# What appears within this time was there when the box was switched on.
_LATE_SECONDS = 120.0
_FIRST_SECONDS = 90.0
_RETRY_SECONDS = 3.0
# EX_TEMPFAIL: the unit starts this again.
_TRY_AGAIN = 75


def boot() -> None:
    """Decides what cloud-init lives from in this boot."""
    hint = read_hint()
    report = Report()
    record = _load(report)
    found, unreadable = _read_media()
    if not found and not unreadable and record is None and hint.address is None:
        cloud = None if hint.is_nocloud else _prepared(cloud_init.point_at_clouds)
        if cloud is not None:
            cloud_init.switch(on=True)
            report.publish(source=f"cloud {cloud}")
            return
        found, unreadable = _wait_for_media()
    choice = choose(found, unreadable, record, lambda seed: _examine(seed, hint))
    if choice == Choice():
        choice = _of_command_line(hint) or choice
    if choice == Choice() and hint.address is not None:
        mark(WANTED)
        report.publish(source=shown(hint.address))
        return
    _use(choice, report)
    if choice.kept is not None and choice.kept.address is not None and hint.address is not None:
        mark(REFRESH)


def net() -> None:
    """Gets the seed for the first time; what cloud-init does before the network it then does after."""
    hint, report = read_hint(), Report()
    if hint.address is None:
        return
    end = time.monotonic() + _FIRST_SECONDS
    choice = _fetched(hint, None, end, report)
    if choice is None:
        # It goes on beside the rest of the boot, and a seed that comes then restarts the box.
        mark(REFRESH)
        _stop_cloud_init()
        run("systemctl", "start", "--no-block", "kiln-seed-refresh.service")
        return
    _use(choice, report, hint.address)
    if choice.fresh is not None:
        late_start.start(has_network=choice.fresh.seed.layout.network in choice.fresh.seed.files)


def refresh() -> None:
    """Looks whether there is another seed at the address; exits with 75 when it is worth another try."""
    hint, report = read_hint(), Report()
    record = _load(report)
    if hint.address is None:
        return
    choice = _fetched(hint, record, 0, report)
    if choice is None:
        sys.exit(_TRY_AGAIN)
    if choice.fresh is None or not choice.remember:
        report.errors.extend(choice.errors)
        report.publish_beside()
        _RESTARTED.unlink(missing_ok=True)
        return
    if _RESTARTED.exists():
        from kiln.problem import Problem

        _RESTARTED.unlink()
        message = "has changed again right after a restart; restart the box to use it"
        report.errors.append(Problem(shown(hint.address), message))
        report.publish_beside()
        return
    _remember(choice.fresh, hint.address)
    _RESTARTED.touch()
    restart(f"{shown(hint.address)} has another seed")


def plugged() -> None:
    """A medium has come: an idle box becomes it, one at work only tells of it."""
    from kiln import status

    hint, report = read_hint(), Report()
    record = _load(report)
    found, unreadable = _read_media()
    choice = choose(found, unreadable, record, lambda seed: _examine(seed, hint))
    report.errors.extend(choice.errors)
    is_idle = status.read().get("state") in ("unconfigured", "broken")
    is_later = choice.remember and not is_idle and uptime() > _LATE_SECONDS
    if choice.fresh is not None and is_later:
        message = f"has the seed {choice.fresh.instance_id}; the box becomes it at its next start"
        report.warnings.append({"key": choice.fresh.seed.source, "message": message})
    report.publish_beside()
    if choice.fresh is None or not choice.remember or is_later:
        return
    _remember(choice.fresh, None)
    restart(f"{choice.fresh.seed.source} has a seed")


def _load(report: Report) -> Record | None:
    try:
        return remembered.load()
    except DamagedError as error:
        from kiln.problem import Problem

        report.errors.append(
            Problem("the remembered seed", f"is damaged ({error}); start the box with its seed medium")
        )
        return None


def _examine(seed: Seed, hint: Hint) -> "Examined":
    from kiln.network_config import check_network
    from kiln.seed_check import examine

    examined = examine(seed, hint.overrides, check_network)
    if "var" in examined.meta_data and not is_network_boot():
        from kiln.problem import Problem

        message = "does nothing here: it is for a start over the network, and this box has /var on its own disk"
        examined.findings.warnings.append(Problem("var", message))
    return examined


def _read_media() -> "tuple[list[Seed], list[Problem]]":
    from kiln.media import find_media, read_medium, wait_for_slow_ones

    wait_for_slow_ones(_STICK_SECONDS)
    media = find_media()
    seeds: list[Seed] = []
    problems: list[Problem] = []
    for medium in media:
        _note(medium)
        seed, wrong = read_medium(medium)
        problems.extend(wrong)
        if seed is not None:
            seeds.append(seed)
    return seeds, problems


def _wait_for_media() -> "tuple[list[Seed], list[Problem]]":
    """Nothing to live from: drives and sticks get the time that they need."""
    from kiln.media import call, has_slow_buses

    try:
        call(["udevadm", "settle", "--timeout=30"], 40)
    except TimeoutError:
        pass
    found, unreadable = _read_media()
    while not found and not unreadable and has_slow_buses() and uptime() < _STICK_SECONDS:
        time.sleep(0.5)
        found, unreadable = _read_media()
    return found, unreadable


def _note(medium: "Medium") -> None:
    """So that the unit of kiln-seed.rules does not look at it again."""
    place = Path("/sys/class/block", medium.name).resolve()
    for directory in (place, place.parent):
        try:
            number = (directory / "diskseq").read_text()
        except OSError:
            continue
        _SEEN.mkdir(mode=0o755, parents=True, exist_ok=True)
        (_SEEN / medium.name).write_text(number)
        return


def _of_command_line(hint: Hint) -> Choice | None:
    """Metadata on the command line alone is a seed, if it names the instance."""
    if hint.address is not None or "instance-id" not in hint.overrides:
        return None
    seed = Seed("NoCloud", "the kernel's command line", {"meta-data": b"{}"})
    return choose([seed], [], None, lambda each: _examine(each, hint))


def _use(choice: Choice, report: Report, address: str | None = None) -> None:
    """Makes the chosen seed the one in use, and says so."""
    report.errors.extend(choice.errors)
    record, kept = choice.kept, choice.kept is not None
    place = remembered.STATE / remembered.NAME
    if choice.fresh is not None:
        record, kept = _record(choice.fresh, address), choice.remember
        if kept:
            _remember(choice.fresh, address)
        else:
            place = cloud_init.IN_USE
            remembered.write(place, choice.fresh.seed, record, choice.fresh.meta_data)
    if record is None:
        cloud_init.switch(on=False)
        _stop_cloud_init()
        report.publish(source=None)
        return
    _prepared(lambda: cloud_init.point_at(record, place))
    cloud_init.switch(on=True)
    report.warnings.extend(record.warnings)
    report.publish(source=record.source, instance_id=record.instance_id, is_remembered=kept)


def _record(examined: "Examined", address: str | None) -> Record:
    warnings = [{"key": each.key, "message": each.message} for each in examined.findings.warnings]
    return remembered.make_record(examined.seed, examined.instance_id or "", warnings, address)


def _remember(examined: "Examined", address: str | None) -> None:
    remembered.remember(examined.seed, _record(examined, address), examined.meta_data)


def _prepared[Result](act: Callable[[], Result]) -> Result:
    cloud_init.clear()
    cloud_init.rotate_logs()
    return act()


def _fetched(hint: Hint, record: Record | None, until: float, report: Report) -> Choice | None:
    """What to do with the seed at the address; None, and a problem, when the server cannot be asked."""
    from kiln.fetch import NotNowError, fetch
    from kiln.problem import Problem

    address = hint.address or ""
    while True:
        try:
            seed, problems = fetch(address)
            return choose([seed] if seed else [], problems, record, lambda each: _examine(each, hint))
        except NotNowError as error:
            if time.monotonic() < until:
                time.sleep(_RETRY_SECONDS)
                continue
            if record is None:
                message = f"{error}; it is asked again until it has the seed"
                report.errors.append(Problem(shown(address), message))
                report.publish(source=shown(address))
            return None


def _stop_cloud_init() -> None:
    # Its process starts at the same time as this one, to save time when there is a seed.
    run("systemctl", "stop", "--no-block", "cloud-init-main.service")


_COMMANDS = {"boot": boot, "net": net, "refresh": refresh, "plugged": plugged}


def main(arguments: Sequence[str]) -> None:
    """Runs one of the commands."""
    _COMMANDS[arguments[0]]()


if __name__ == "__main__":
    main(sys.argv[1:])
