"""Which seed the box lives from, decided from what was found and what is remembered. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kiln.remembered import Record
from kiln.seed_files import Seed

if TYPE_CHECKING:
    from kiln.problem import Problem
    from kiln.seed_check import Examined


@dataclass(frozen=True)
class Choice:
    """What to do. With neither a record nor a new seed there is nothing to live from."""

    kept: Record | None = None
    """The remembered seed stays in use."""

    fresh: "Examined | None" = None
    """A new seed is used; `remember` says whether it lasts."""

    remember: bool = False
    errors: Sequence["Problem"] = field(default_factory=tuple)


def choose(
    found: Sequence[Seed],
    unreadable: Sequence["Problem"],
    remembered: Record | None,
    examine: "Callable[[Seed], Examined]",
) -> Choice:
    """A good new seed replaces the remembered one; nothing else does."""
    different = {seed.digest(): seed for seed in found}
    if not different or unreadable:
        return Choice(kept=remembered, errors=tuple(unreadable))
    if len(different) > 1:
        return Choice(kept=remembered, errors=(_too_many(found),))
    [(digest, seed)] = different.items()
    if remembered is not None and digest == remembered.digest:
        return Choice(kept=remembered)
    examined = examine(seed)
    findings = examined.findings
    errors = (*findings.errors, *findings.k0s)
    if not examined.is_good and remembered is not None:
        return Choice(kept=remembered, errors=tuple(_not_used(error, seed, remembered) for error in errors))
    if not examined.is_usable:
        return Choice(errors=errors)
    if remembered is not None and remembered.instance_id == examined.instance_id:
        return Choice(kept=remembered, errors=(_same_name(seed, remembered),))
    return Choice(fresh=examined, remember=examined.is_good, errors=errors)


def _not_used(error: "Problem", seed: Seed, remembered: Record) -> "Problem":
    from kiln.problem import Problem

    where = f"in {seed.source}, which is not used: the box stays {remembered.instance_id}"
    return Problem(error.key, f"{error.message} ({where})")


def _too_many(found: Sequence[Seed]) -> "Problem":
    from kiln.problem import Problem

    names = " and ".join(seed.source for seed in found)
    return Problem(names, "are different seeds, so none of them is used; leave one in and restart")


def _same_name(seed: Seed, remembered: Record) -> "Problem":
    from kiln.problem import Problem

    message = (
        f'is "{remembered.instance_id}", as that of the seed in use, but the contents are others; they are '
        "not used: give a changed seed another instance-id"
    )
    return Problem(f"{seed.source}: instance-id", message)
