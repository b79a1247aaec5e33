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

    def __post_init__(self) -> None:
        # What somebody wrote may be a part of either, and must be no command to a console.
        object.__setattr__(self, "key", _printable(self.key, 200))
        object.__setattr__(self, "message", _printable(self.message, 600))

    def __str__(self) -> str:
        return f"{self.key}: {self.message}"


def near(word: str, known: Iterable[str]) -> list[str]:
    """The known word that was probably meant, or none."""
    return get_close_matches(word[:100], sorted(known), n=1, cutoff=0.6)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """'; did you mean "x"?' when one of the known words is near, else all of them."""
    words = sorted(known)
    meant = near(word, words)
    return f'; did you mean "{meant[0]}"?' if meant else f"; known are {', '.join(words)}"


def _printable(text: str, limit: int) -> str:
    shown = "".join(each if each.isprintable() else "?" for each in text[: limit + 1])
    return shown if len(shown) <= limit else f"{shown[:limit]}…"
