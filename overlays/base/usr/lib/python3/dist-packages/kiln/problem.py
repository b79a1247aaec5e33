"""What is wrong with what somebody wrote: one sentence, and the key or file that it is about."""

from dataclasses import dataclass
from difflib import get_close_matches
from collections.abc import Iterable


@dataclass(frozen=True)
class Problem:
    """A mistake in a seed. Both parts are shown on consoles: neither ever holds a secret value."""

    key: str
    """The metadata key ("k0s.token") or the place in a file ("meta-data:3:7")."""

    message: str
    """What is wrong, and what to do."""

    def __str__(self) -> str:
        return f"{self.key}: {self.message}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """'; did you mean "x"?' when one of the known words is near, else all of them."""
    words = sorted(known)
    near = get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; known are {', '.join(words)}"
