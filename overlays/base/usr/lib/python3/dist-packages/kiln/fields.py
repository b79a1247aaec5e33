"""Reads values out of a document, and collects what is wrong instead of stopping at the first mistake."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from kiln.problem import Problem, did_you_mean, near

_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (str, "text"),
    (int, "a number"),
    (float, "a number"),
    (list, "a list"),
    (Mapping, "a map"),
)


@dataclass
class Findings:
    """The mistakes found so far. Messages never repeat a value that could be a secret."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, key: str, message: str) -> None:
        """Notes a mistake at `key`."""
        self.problems.append(Problem(key, message))

    def text(self, value: object, key: str) -> str | None:
        """`value` if it is text that is not empty."""
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, str):
            self.add(key, "is empty; give it a value, or leave the key out")
        elif isinstance(value, bool | int | float):
            self.add(key, f"is {name_of(value)}, not text; put it into quotes")
        else:
            self.add(key, f"is {name_of(value)}; it has to be text")
        return None

    def choice(self, value: object, key: str, choices: Collection[str]) -> str | None:
        """`value` if it is one of the words."""
        word = self.text(value, key)
        if word is None or word in choices:
            return word
        self.add(key, f'is "{word}"{did_you_mean(word, choices)}')
        return None

    def switch(self, value: object, key: str) -> bool:
        """`value` if it is true or false."""
        if not isinstance(value, bool):
            self.add(key, f"is {name_of(value)}; it has to be true or false")
        return value is True

    def items(self, value: object, key: str) -> list[tuple[str, object]]:
        """The items of a list, each with its key."""
        if isinstance(value, list):
            return [(f"{key}[{index}]", item) for index, item in enumerate(value)]
        self.add(key, f"is {name_of(value)}; it has to be a list")
        return []

    def mapping(self, value: object, key: str) -> dict[str, object]:
        """The map with those keys that are text; empty when it is none."""
        if not isinstance(value, Mapping):
            self.add(key, f"is {name_of(value)}; it has to be a map")
            return {}
        for name in value:
            if not isinstance(name, str):
                self.add(key, f"has the key {name!r}, {name_of(name)}; put it into quotes")
        return {name: item for name, item in value.items() if isinstance(name, str)}

    def known(self, found: Collection[str], key: str, known: Collection[str]) -> set[str]:
        """Notes keys that do not exist, and returns those that were probably meant."""
        meant: set[str] = set()
        for name in found:
            if name not in known:
                self.add(f"{key}.{name}", f"is unknown{did_you_mean(name, known)}")
                meant.update(near(name, known))
        return meant


def name_of(value: object) -> str:
    """What a value is, for a message."""
    if value is None:
        return "empty"
    return next((name for kind, name in _NAMES if isinstance(value, kind)), "something else")


def at(value: object, *path: str) -> object:
    """What is at a path of keys in nested maps; None when there is nothing."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
