"""Command-line flags with the syntax and the messages of k0s (pflag)."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from k0s_standin.durations import seconds_of
from k0s_standin.failure import Failure

Value = object


class Flag(NamedTuple):
    """One flag: how its text becomes a value, and its value when it is not given."""

    name: str
    convert: Callable[[str], Value]
    default: Value
    short: str = ""

    @property
    def is_switch(self) -> bool:
        """Whether the flag may stand alone."""
        return self.convert is boolean


class Parsed(NamedTuple):
    """What a command line said."""

    values: Mapping[str, Value]
    arguments: Sequence[str]
    given: frozenset[str]


def text(value: str) -> str:
    return value


def boolean(value: str) -> bool:
    if value in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    if value in ("0", "f", "F", "false", "FALSE", "False"):
        return False
    raise ValueError(f'strconv.ParseBool: parsing "{value}": invalid syntax')


def number(value: str) -> int:
    try:
        return int(value, 0)
    except ValueError:
        raise ValueError(f'strconv.ParseInt: parsing "{value}": invalid syntax') from None


def duration(value: str) -> float:
    return seconds_of(value)


def words(value: str) -> tuple[str, ...]:
    """a,b,c"""
    return tuple(value.split(",")) if value else ()


def pairs(value: str) -> tuple[tuple[str, str], ...]:
    """k=v,k=v"""
    for word in words(value):
        if "=" not in word:
            raise ValueError(f"{word} must be formatted as key=value")
    return tuple((word.split("=", 1)[0], word.split("=", 1)[1]) for word in words(value))


def one_of(*choices: str) -> Callable[[str], str]:
    def convert(value: str) -> str:
        if value in choices:
            return value
        raise ValueError(f'must be one of {", ".join(choices)}')

    return convert


def parse(flags: Sequence[Flag], arguments: Sequence[str]) -> Parsed:
    """Sorts a command line into flags and arguments; Failure for what k0s would refuse."""
    known = {flag.name: flag for flag in flags} | {flag.short: flag for flag in flags if flag.short}
    values: dict[str, Value] = {flag.name: flag.default for flag in flags}
    given: set[str] = set()
    plain: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            plain += rest
            break
        if len(word) < 2 or not word.startswith("-"):
            plain.append(word)
            continue
        flag, value = _split(known, word)
        if value is None:
            if flag.is_switch:
                value = "true"
            elif not rest:
                raise Failure(f"flag needs an argument: {_shown(word)}")
            else:
                value = rest.pop(0)
        converted = _convert(flag, value)
        repeats = isinstance(converted, tuple) and flag.name in given
        values[flag.name] = (*values[flag.name], *converted) if repeats else converted
        given.add(flag.name)
    return Parsed(values, plain, frozenset(given))


def _split(known: Mapping[str, Flag], word: str) -> tuple[Flag, str | None]:
    """`--name=value`, `--name`, `-nvalue`, `-n=value` or `-n` into the flag and its value, if it has one."""
    if word.startswith("--"):
        name, equals, value = word[2:].partition("=")
        if len(name) < 2 or name not in known:
            raise Failure(f"unknown flag: --{name}")
        return known[name], value if equals else None
    flag = known.get(word[1])
    if flag is None:
        raise Failure(f"unknown shorthand flag: '{word[1]}' in {word}")
    value = word[2:]
    return flag, value.removeprefix("=") if value else None


def _convert(flag: Flag, value: str) -> Value:
    try:
        return flag.convert(value)
    except ValueError as error:
        raise Failure(f'invalid argument "{value}" for "--{flag.name}" flag: {error}') from None


def _shown(word: str) -> str:
    return word if word.startswith("--") else f"'{word[1]}' in {word}"
