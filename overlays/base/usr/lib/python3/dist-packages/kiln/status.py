"""
What the box says of itself, in /run/kiln/status.json. Each part of Kiln publishes its own section; the
state of the whole follows from the sections. Everybody may read it, so no secret is ever published.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from kiln.addresses import box_addresses
from kiln.files import write_atomic
from kiln.summary import summary

RUN = Path("/run/kiln")
SECTIONS = ("install", "seed", "var", "provision", "health")
WARNING = "warning"

Json = dict[str, object]


class Box(NamedTuple):
    """What is true of the box whatever it was configured to be."""

    name: str
    addresses: Sequence[str] = ()
    os_release: Mapping[str, str] = MappingProxyType({})


def publish(
    section: str, data: Mapping[str, object], directory: Path = RUN, box: Box | None = None
) -> Json:
    """
    Puts `data` in the place of one section and returns the whole status. `problems` in it is a list of
    {"key", "message"}; one with "severity": "warning" leaves a ready box ready. The files are written
    only when something has changed: they wake the banner.
    """
    if section not in SECTIONS:
        raise ValueError(f"{section} is no section of the status; there are {', '.join(SECTIONS)}")
    with _locked(directory):
        old = _read_json(directory / "status.json")
        sections = {**_mapping(old.get("sections")), section: dict(data)}
        # Through JSON, so that it compares with what was read.
        new: Json = json.loads(json.dumps(compose(sections, box or this_box())))
        if new == {key: value for key, value in old.items() if key != "updated"}:
            return old
        new["updated"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        _write(directory / "summary", summary(new))
        _write(directory / "status.json", json.dumps(new, indent=2) + "\n")
        return new


def read(directory: Path = RUN) -> Json:
    """The status; one without sections while nothing was published, or when the file is no status."""
    found = _read_json(directory / "status.json")
    return found or {**compose({}, Box(_hostname())), "updated": None}


def compose(sections: Mapping[str, object], box: Box) -> Json:
    """The status that follows from its sections. Pure."""
    present = {name: _mapping(sections[name]) for name in SECTIONS if name in sections}
    seed, provision = present.get("seed", {}), present.get("provision", {})
    release = box.os_release
    return {
        "state": state_of(present),
        "role": provision.get("role"),
        "name": provision.get("name") or box.name,
        "instance-id": seed.get("instance-id") or present.get("install", {}).get("instance-id"),
        "addresses": list(box.addresses),
        "image": {"name": release.get("IMAGE_ID"), "version": release.get("IMAGE_VERSION")},
        "k0s": {"version": release.get("K0S_VERSION"), "kind": release.get("K0S_KIND")},
        "problems": [
            {"section": name, **problem} for name, data in present.items() for problem in _problems(data)
        ],
        "sections": present,
    }


def state_of(sections: Mapping[str, Mapping[str, object]]) -> str:
    """
    unconfigured, configuring, broken, starting, ready or degraded; of an installer waiting, installing or installed.
    Pure.
    """
    if "install" in sections:
        return str(sections["install"].get("state") or "waiting")
    seed, provision = sections.get("seed", {}), sections.get("provision", {})
    wrong = any(_has_errors(sections.get(name, {})) for name in ("seed", "var", "provision"))
    if provision.get("started"):
        # What health has last seen may be the box before k0s was started, which was well as far as that went.
        health = sections.get("health", {})
        state = str(health.get("state") or "starting") if health.get("started") else "starting"
        # It works, but somebody wanted something else of it.
        return "degraded" if state == "ready" and wrong else state
    if wrong:
        return "broken"
    if provision:
        return "configuring" if provision.get("role") else "unconfigured"
    return "unconfigured" if "seed" in sections and not seed.get("source") else "configuring"


def this_box() -> Box:
    """The machine that this runs on."""
    return Box(_hostname(), box_addresses(), parse_os_release(_text(Path("/usr/lib/os-release"))))


def parse_os_release(text: str) -> dict[str, str]:
    """The variables of os-release(5). Pure."""
    pairs = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    return {key: value.strip("\"'") for key, equals, value in pairs if equals}


def _has_errors(section: Mapping[str, object]) -> bool:
    return any(problem.get("severity") != WARNING for problem in _problems(section))


def _problems(section: Mapping[str, object]) -> list[Json]:
    found = section.get("problems")
    return [problem for problem in found if isinstance(problem, dict)] if isinstance(found, list) else []


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    directory.mkdir(mode=0o755, parents=True, exist_ok=True)
    descriptor = os.open(directory / ".status.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, text: str) -> None:
    write_atomic(path, text.encode(), 0o644)


def _read_json(path: Path) -> Json:
    try:
        return _mapping(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        # Written atomically, in memory: only somebody's hand makes it anything else, and it is made anew.
        return {}


def _mapping(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _hostname() -> str:
    return os.uname().nodename


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
