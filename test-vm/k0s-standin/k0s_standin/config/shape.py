"""Shapes of configuration values, and the check of a value against one."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from k0s_standin.durations import seconds_of


class Text(NamedTuple):
    """A string."""


class Number(NamedTuple):
    """A whole number in a range."""

    low: int = -(2**63)
    high: int = 2**63 - 1


class Truth(NamedTuple):
    """True or false."""


class Duration(NamedTuple):
    """A string that is a Go duration."""


class Anything(NamedTuple):
    """Whatever another program will check."""


class Choice(NamedTuple):
    """One of some strings."""

    values: tuple[str, ...]


class ListOf(NamedTuple):
    """A list of like values."""

    item: "Shape"
    least: int = 0
    most: int = 2**31


class MapOf(NamedTuple):
    """A mapping with keys of any name."""

    item: "Shape"


class Fields(NamedTuple):
    """A mapping with these keys and no others."""

    of: Mapping[str, "Shape"]
    required: tuple[str, ...] = ()


KINDS = {
    **{dict: "a mapping", list: "a list", str: "a string", bool: "true or false"},
    **{int: "a number", float: "a number"},
}

Shape = Text | Number | Truth | Duration | Anything | Choice | ListOf | MapOf | Fields


def problems(shape: Shape, value: object, path: str) -> Iterator[str]:
    """All mistakes in a value, each with its path; null is the same as absent everywhere, as in Go's JSON."""
    if value is None:
        return
    match shape:
        case Fields():
            yield from _problems_of_fields(shape, value, path)
        case MapOf(item):
            if not isinstance(value, dict):
                yield _wrong(path, value, "a mapping")
                return
            for key, each in value.items():
                if not isinstance(key, str):
                    yield f"{path}: the key {key!r} is not a string"
                yield from problems(item, each, f"{path}.{key}")
        case ListOf(item, least, most):
            if not isinstance(value, list):
                yield _wrong(path, value, "a list")
                return
            if not least <= len(value) <= most:
                yield f"{path}: has {len(value)} items, but must have {least} to {most}"
            for at, each in enumerate(value):
                yield from problems(item, each, f"{path}[{at}]")
        case _:
            yield from _problems_of_scalar(shape, value, path)


def _problems_of_fields(shape: Fields, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _wrong(path, value, "a mapping")
        return
    for key, each in value.items():
        if key not in shape.of:
            yield f'{path}: unknown field "{key}"; known are {", ".join(shape.of)}'
        else:
            yield from problems(shape.of[key], each, f"{path}.{key}")
    for key in shape.required:
        if value.get(key) in (None, "", []):
            yield f"{path}.{key}: Required value"


def _problems_of_scalar(shape: Shape, value: object, path: str) -> Iterator[str]:
    match shape:
        case Text():
            if not isinstance(value, str):
                yield _wrong(path, value, "a string")
        case Truth():
            if not isinstance(value, bool):
                yield _wrong(path, value, "true or false")
        case Number(low, high):
            if isinstance(value, bool) or not isinstance(value, int):
                yield _wrong(path, value, "a whole number")
            elif not low <= value <= high:
                yield f"{path}: Invalid value: {value}: must be between {low} and {high}"
        case Choice(values):
            if value not in values or not isinstance(value, str):
                yield f"{path}: Unsupported value: {value!r}: supported values: {', '.join(values)}"
        case Duration():
            if not isinstance(value, str):
                yield _wrong(path, value, "a duration such as 8760h")
                return
            try:
                seconds_of(value)
            except ValueError as error:
                yield f"{path}: {error}"


def _wrong(path: str, value: object, expected: str) -> str:
    return f"{path}: is {KINDS.get(type(value), 'something else')}, but must be {expected}"
