"""Looks at a seed before anything is done with it: what it is, or every mistake in it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kiln.problem import Problem, near
from kiln.seed_files import CONFIG_DRIVE, NOCLOUD, Seed
from kiln.strict_yaml import YamlProblem, load

# cloud-init makes a directory of the name; the rest is what fits in a file name.
_INSTANCE_ID = re.compile(r"^(?!\.{1,2}$)[^\x00-\x1f\x7f]{1,200}$")
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"^(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*$")


@dataclass
class Findings:
    """What is wrong with a seed. Messages never repeat what could be a secret."""

    errors: list[Problem] = field(default_factory=list)
    """With one of these a seed is not used at all."""

    k0s: list[Problem] = field(default_factory=list)
    """With one of these the box may be reached, but becomes no k0s node."""

    warnings: list[Problem] = field(default_factory=list)
    """What will not be done; all else will."""


@dataclass(frozen=True)
class Examined:
    """A seed that was looked at."""

    seed: Seed
    instance_id: str | None
    meta_data: Mapping[str, object]
    """The metadata as NoCloud has it, whatever the layout is."""

    findings: Findings

    @property
    def is_usable(self) -> bool:
        """Whether cloud-init may have it."""
        return not self.findings.errors

    @property
    def is_good(self) -> bool:
        """Whether it may take the place of another one."""
        return self.is_usable and not self.findings.k0s


CheckNetwork = Callable[[bytes, str], list[Problem]]


def examine(
    seed: Seed, overrides: Mapping[str, str], check_network: CheckNetwork = lambda *_: []
) -> Examined:
    """
    Checks all of a seed; `overrides` are metadata from the kernel's command line, which come before the
    seed's; `check_network` looks at network-config of version 2. Changes nothing.
    """
    findings = Findings()
    meta = _meta_data(seed, findings)
    instance_id = _instance_id({**meta, **overrides}, seed, findings) if meta is not None else None
    if meta is not None:
        _check_hostname({**meta, **overrides}, seed, findings)
        _check_k0s(meta, findings)
        _check_install(meta, findings)
        _check_var(meta, findings)
    if seed.layout.network in seed.files:
        _check_network(seed, findings, check_network)
    _check_user_data(seed, findings)
    return Examined(seed, instance_id, {**(meta or {}), **overrides}, findings)


def _meta_data(seed: Seed, findings: Findings) -> Mapping[str, object] | None:
    name = seed.layout.meta_data
    value = _json(seed, name, findings) if seed.kind == CONFIG_DRIVE else _yaml(seed, name, findings)
    if value is _NOTHING:
        return None
    if value is None:
        value = {}
    if not isinstance(value, Mapping):
        findings.errors.append(Problem(name, "has to be a map of keys and values, as in: instance-id: box-1"))
        return None
    return _of_config_drive(value, findings) if seed.kind == CONFIG_DRIVE else value


def _of_config_drive(value: Mapping[str, object], findings: Findings) -> Mapping[str, object]:
    """The metadata of OpenStack under the names that NoCloud has for them."""
    found = {"instance-id": value.get("uuid"), "local-hostname": value.get("hostname") or value.get("name")}
    k0s = _of_meta(value, "k0s", findings.k0s)
    # The box itself needs no such key: a mistake in it is none of the box's.
    install = _of_meta(value, "install", findings.warnings)
    var = _of_meta(value, "var", findings.k0s)
    keys = {"k0s": k0s, "install": install, "var": var}
    return {key: item for key, item in {**found, **keys}.items() if item is not None}


def _of_meta(value: Mapping[str, object], key: str, problems: list[Problem]) -> object:
    meta = value.get("meta")
    found = value.get(key, meta.get(key) if isinstance(meta, Mapping) else None)
    if not isinstance(found, str):
        return found
    # In OpenStack the values of `meta` are text.
    try:
        return load(found.encode(), f"meta.{key}")
    except YamlProblem as error:
        problems.append(error.problem)
        return None


def _instance_id(meta: Mapping[str, object], seed: Seed, findings: Findings) -> str | None:
    file = seed.layout.meta_data
    key = "uuid" if seed.kind == CONFIG_DRIVE else "instance-id"
    value = meta.get("instance-id")
    if isinstance(value, int) and not isinstance(value, bool):
        # cloud-init takes a number as its digits.
        value = str(value)
    if value is None:
        meant = near(key, [name for name in meta if isinstance(name, str)])
        hint = f' ("{meant[0]}" is there)' if meant else ""
        findings.errors.append(
            Problem(file, f"has no {key}{hint}; give the box one, and another one when its seed changes")
        )
        return None
    if not isinstance(value, str) or not _INSTANCE_ID.match(value):
        findings.errors.append(Problem(f"{file}: {key}", "has to be text of 1 to 200 characters in one line"))
        return None
    return value


def _check_hostname(meta: Mapping[str, object], seed: Seed, findings: Findings) -> None:
    for key in ("local-hostname", "hostname"):
        value = meta.get(key)
        if value is not None and (not isinstance(value, str) or not _HOST_NAME.match(value)):
            place = f"{seed.layout.meta_data}: {key}"
            message = "is no host name: letters, digits, - and . between them"
            findings.errors.append(Problem(place, message))


def _check_k0s(meta: Mapping[str, object], findings: Findings) -> None:
    if "k0s" in meta:
        # Loaded only here: it knows all of k0s's configuration.
        from kiln.request import check

        # A token-file may be written by cloud-init, later.
        findings.k0s.extend(check(meta["k0s"])[1])
        return
    meant = near("k0s", [name for name in meta if isinstance(name, str)])
    if meant:
        findings.k0s.append(Problem(f"meta-data: {meant[0]}", 'is unknown; did you mean "k0s"?'))


def _check_install(meta: Mapping[str, object], findings: Findings) -> None:
    """An installed box ignores the key; a mistake in it stops the installer alone."""
    if any(isinstance(name, str) and name.startswith("inst") and name != "instance-id" for name in meta):
        from kiln.disk_key import mistyped
        from kiln.install_key import check

        meant = mistyped(meta, "install")
        found = check(meta["install"])[1] if "install" in meta else [meant] if meant else []
        findings.warnings.extend(found)


def _check_var(meta: Mapping[str, object], findings: Findings) -> None:
    """A cluster's state must not be in memory because of a mistake in the key."""
    if not any(isinstance(name, str) and name.lower().startswith("va") for name in meta):
        return
    from kiln.disk_key import mistyped
    from kiln.var_key import check

    meant = mistyped(meta, "var")
    findings.k0s.extend(check(meta["var"])[1] if "var" in meta else [meant] if meant else [])
    if "var" in meta and "install" in meta:
        message = "is for a box without a system on its disk, and `install` puts one there, with a /var; leave one out"
        findings.k0s.append(Problem("var", message))


def _check_network(seed: Seed, findings: Findings, check_network: CheckNetwork) -> None:
    name = seed.layout.network
    if seed.kind == CONFIG_DRIVE:
        value = _json(seed, name, findings)
        if value is not _NOTHING and not isinstance(value, Mapping):
            findings.errors.append(Problem(name, "has to be a map, as OpenStack writes it"))
        return
    value = _yaml(seed, name, findings)
    if value is _NOTHING or value is None:
        return
    inner = value.get("network", value) if isinstance(value, Mapping) else None
    if not isinstance(inner, Mapping):
        message = "has to be a map with version: 2 and the interfaces below ethernets:"
        findings.errors.append(Problem(name, message))
    elif inner.get("config") != "disabled" and inner.get("version") not in (1, 2):
        findings.errors.append(Problem(f"{name}: version", "has to be 1 or 2; it says how the rest is read"))
    elif inner.get("version") == 2:
        findings.errors.extend(check_network(seed.files[name], name))


def _check_user_data(seed: Seed, findings: Findings) -> None:
    layout = seed.layout
    if not any(seed.files.get(name) for name in (layout.user_data, *layout.vendor_data)):
        return
    from kiln.user_data import check_user_data

    if seed.files.get(layout.user_data):
        check_user_data(seed.files[layout.user_data], layout.user_data, findings)
    for name in layout.vendor_data:
        if not seed.files.get(name):
            continue
        if seed.kind == NOCLOUD:
            check_user_data(seed.files[name], name, findings)
        else:
            _json(seed, name, findings)


_NOTHING = object()


def _yaml(seed: Seed, name: str, findings: Findings) -> object:
    try:
        return load(seed.files[name], name)
    except YamlProblem as error:
        findings.errors.append(error.problem)
        return _NOTHING


def _json(seed: Seed, name: str, findings: Findings) -> object:
    import json

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise ValueError(f'has the key "{key}" twice')
            found[key] = value
        return found

    try:
        return json.loads(seed.files[name].decode("utf-8-sig"), object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        place = f"{name}:{error.lineno}:{error.colno}"
        findings.errors.append(Problem(place, f"is not valid JSON: {error.msg}"))
    except UnicodeDecodeError:
        findings.errors.append(Problem(name, "is not UTF-8 text; is it the right file?"))
    except RecursionError:
        findings.errors.append(Problem(name, "is nested too deep"))
    except ValueError as error:
        findings.errors.append(Problem(name, str(error)))
    return _NOTHING
