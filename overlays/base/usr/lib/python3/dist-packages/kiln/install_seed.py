"""The seed that tells the installer what to do, and its place on the installed box."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kiln import remembered
from kiln.disk_key import mistyped
from kiln.install_key import Wish, check
from kiln.problem import Problem
from kiln.seed_address import Hint
from kiln.seed_check import CheckNetwork, Examined, examine
from kiln.seed_files import CONFIG_DRIVE, Seed


@dataclass(frozen=True)
class Found:
    """A seed, with the disk that it was found on; None for one of an address."""

    seed: Seed
    disk: str | None = None


@dataclass(frozen=True)
class Order:
    """What is to be installed where, and for whom."""

    examined: Examined
    wish: Wish
    disks: frozenset[str] = frozenset()
    """Those that carry this seed."""

    warnings: tuple[Problem, ...] = field(default_factory=tuple)

    @property
    def instance_id(self) -> str:
        return self.examined.instance_id or ""


def choose(
    found: Sequence[Found], hint: Hint, check_network: CheckNetwork = lambda *_: []
) -> tuple[Order | None, list[Problem]]:
    """The order, or why there is none; an empty list when no seed has an `install` key."""
    asked: dict[str, tuple[Examined, list[Found]]] = {}
    problems: list[Problem] = []
    for each in found:
        examined = examine(each.seed, hint.overrides, check_network)
        if "install" in examined.meta_data:
            asked.setdefault(each.seed.digest(), (examined, []))[1].append(each)
            continue
        meant = mistyped(examined.meta_data, "install")
        # A seed that cannot be read may well have the key.
        unread = [error for error in examined.findings.errors if not examined.meta_data]
        problems.extend([*unread, *([meant] if meant else [])])
    if not asked:
        return None, problems
    if len(asked) > 1:
        names = " and ".join(places[0].seed.source for _, places in asked.values())
        message = "are different seeds with an `install` key, so none of them is used; leave one in"
        return None, [Problem(names, message)]
    [(examined, places)] = asked.values()
    wish, wrong = check(examined.meta_data["install"])
    findings = examined.findings
    wrong = [*wrong, *findings.errors, *findings.k0s]
    if wish is None or wrong:
        return None, wrong
    disks = frozenset(each.disk for each in places if each.disk)
    # The key itself is told above, as an error.
    return Order(examined, wish, disks, tuple(each for each in findings.warnings if "install" not in each.key)), []


def remember_in(var: Path, order: Order, hint: Hint) -> None:
    """
    Puts the seed into the new /var as the one that the box remembers: there it is 0600 below a directory of root's
    alone, as on every box, and there is no second copy that anybody could read from a partition of its own.
    """
    examined = order.examined
    seed = examined.seed
    kept = _with_overrides(examined, hint) if hint.overrides else seed
    warnings = [{"key": each.key, "message": each.message} for each in order.warnings]
    address = hint.address if not order.disks else None
    record = remembered.make_record(kept, order.instance_id, warnings, address)
    # That of the seed as it was found, so that the box knows the medium again that is still in.
    record = replace(record, digest=seed.digest())
    remembered.remember(kept, record, examined.meta_data, var / "lib/kiln")


def _with_overrides(examined: Examined, hint: Hint) -> Seed:
    """What the installer's command line says of the metadata is not on that of the installed box."""
    seed = examined.seed
    if seed.kind == CONFIG_DRIVE:
        return seed
    files = {**seed.files, seed.layout.meta_data: json.dumps(dict(examined.meta_data)).encode()}
    return Seed(seed.kind, seed.source, files)
