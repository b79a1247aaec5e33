"""
YAML as a person meant it: no key twice, no document that explodes, and a line and column for every
mistake. Times and base-60 numbers are text: a MAC address of digits is no number.
"""

import re
from typing import NoReturn

import yaml

from kiln.problem import Problem

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 100_000

_TEXT_TAG = "tag:yaml.org,2002:str"
_INT_TAG = "tag:yaml.org,2002:int"
_FLOAT_TAG = "tag:yaml.org,2002:float"
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_INT = re.compile(r"^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$")
_FLOAT = re.compile(r"^[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|\.[0-9]+)$")


class YamlProblem(Exception):
    """A document that cannot be taken; `problem` names the place."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class _Loader(yaml.CSafeLoader):
    """The safe loader in C, with fewer guesses at what plain words are."""

    yaml_implicit_resolvers = {
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if tag.rpartition(":")[2] in ("bool", "null", "merge")
        ]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(_INT_TAG, _INT, list("-+0123456789"))
_Loader.add_implicit_resolver(_FLOAT_TAG, _FLOAT, list("-+0123456789."))


def load(data: bytes, name: str) -> object:
    """The value of one YAML document: dict, list, str, int, float, bool or None. Raises YamlProblem."""
    text = _text(data, name)
    try:
        _check_events(text, name)
        return _construct(text, name)
    except yaml.MarkedYAMLError as error:
        what = " ".join(part for part in (error.context, error.problem) if part)
        _fail_at(name, error.problem_mark or error.context_mark, f"is not valid YAML: {what}")
    except yaml.YAMLError as error:
        _fail(name, "", f"is not valid YAML: {error}")
    except ValueError:
        # Python refuses numbers of thousands of digits.
        _fail(name, "", "has a number that is too long; put it into quotes if it is text")


def _construct(text: str, name: str) -> object:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check_nodes(node, name)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _text(data: bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        _fail(name, "", f"is larger than {MAX_BYTES} bytes; make it smaller")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        _fail(name, "", "is in UTF-16; save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _end_of(data[: error.start].decode("utf-8", "replace"))
        _fail(name, place, "is not UTF-8 text; is it the right file?")
    found = _NOT_TEXT.search(text)
    if found:
        place = _end_of(text[: found.start()])
        code = f"{ord(found.group()):#04x}"
        _fail(name, place, f"has the control character {code}; is it the right file?")
    return text


def _check_events(text: str, name: str) -> None:
    """Nesting has to be known before nodes are composed, which goes as deep as the document does, in C."""
    depth = documents = 0
    for event in yaml.parse(text, _Loader):
        if getattr(event, "tag", None) not in (None, "!", _TEXT_TAG):
            _fail_at(name, event.start_mark, f'has the tag "{event.tag}"; only plain values are read')
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                _fail_at(name, event.start_mark, f"is nested more than {MAX_DEPTH} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                _fail_at(name, event.start_mark, "has a second document (---); there may be only one")


def _check_nodes(root: yaml.Node, name: str) -> None:
    """Keys that are there twice, and what the document becomes when its aliases are followed."""
    sizes: dict[int, int | None] = {}

    def size_of(node: yaml.Node) -> int:
        if id(node) in sizes:
            known = sizes[id(node)]
            if known is None:
                _fail_at(name, node.start_mark, "has an alias that leads to itself")
            return known
        sizes[id(node)] = None
        size = 1
        if isinstance(node, yaml.MappingNode):
            _check_keys(node, name)
            size += sum(size_of(key) + size_of(value) for key, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            size += sum(map(size_of, node.value))
        if size > MAX_NODES:
            _fail_at(name, node.start_mark, f"has more than {MAX_NODES} values, its aliases followed")
        sizes[id(node)] = size
        return size

    size_of(root)


def _check_keys(node: yaml.MappingNode, name: str) -> None:
    first: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            _fail_at(name, key.start_mark, "has a list or a map as a key; keys are words")
        if key.value in first:
            earlier = first[key.value]
            _fail_at(name, key.start_mark, f'has the key "{key.value}" twice, first in line {earlier}')
        first[key.value] = key.start_mark.line + 1


def _fail_at(name: str, mark: yaml.Mark | None, message: str) -> NoReturn:
    _fail(name, f":{mark.line + 1}:{mark.column + 1}" if mark else "", message)


def _fail(name: str, place: str, message: str) -> NoReturn:
    raise YamlProblem(Problem(f"{name}{place}", message)) from None


def _end_of(before: str) -> str:
    """The place of the character that comes after this text."""
    lines = before.split("\n")
    return f":{len(lines)}:{len(lines[-1]) + 1}"
