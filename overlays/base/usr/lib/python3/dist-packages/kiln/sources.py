"""Where the box's k0s key is: in the seed that it remembers, or in the user-data of a cloud."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kiln.fields import at
from kiln.files import read_limited
from kiln.problem import Problem
from kiln.strict_yaml import MAX_BYTES, YamlProblem, load

SEED_META_DATA = "var/lib/kiln/seed/metadata.json"
CLOUD_CONFIG = "run/cloud-init/combined-cloud-config.json"
CLOUD_USER_DATA = "var/lib/cloud/instance/user-data.txt"
CLOUD_INSTANCE_ID = "run/cloud-init/.instance-id"


@dataclass(frozen=True)
class Source:
    """What was found. `k0s` is None when nobody asks for a role."""

    name: str
    instance_id: str | None = None
    has_k0s: bool = False
    k0s: object = field(default=None, repr=False)
    problems: tuple[Problem, ...] = ()


def find_source(root: Path) -> Source:
    """The box's source; reads only."""
    in_seed = _of_seed(root)
    in_cloud = _of_cloud(root, has_seed=in_seed is not None)
    if in_seed is None:
        return in_cloud
    if not in_seed.has_k0s and not in_seed.problems:
        return Source("seed", in_seed.instance_id, in_cloud.has_k0s, in_cloud.k0s, in_cloud.problems)
    if in_seed.has_k0s and in_cloud.has_k0s:
        problem = Problem("k0s", "is in meta-data and in user-data; leave it in one of them")
        return Source("seed", in_seed.instance_id, problems=(problem,))
    return in_seed


def _of_seed(root: Path) -> Source | None:
    try:
        meta_data = load(read_limited(root / SEED_META_DATA, MAX_BYTES), "meta-data")
    except FileNotFoundError:
        return None
    except OSError as error:
        return Source("seed", problems=(Problem("meta-data", f"cannot be read: {error.strerror}"),))
    except YamlProblem as error:
        return Source("seed", problems=(error.problem,))
    instance_id = at(meta_data, "instance-id")
    has_k0s = isinstance(meta_data, Mapping) and "k0s" in meta_data
    return Source("seed", str(instance_id) if instance_id else None, has_k0s, at(meta_data, "k0s"))


def _of_cloud(root: Path, has_seed: bool) -> Source:
    """
    The user-data as cloud-init has merged it. When it is not valid YAML, cloud-init only leaves it out:
    that is told here, since a role may have been in it.
    """
    try:
        merged = json.loads((root / CLOUD_CONFIG).read_bytes())
    except (OSError, ValueError):
        # cloud-init has not run in this boot; what it left in /var is of another.
        return Source("none")
    problems = _problems_of_user_data(root)
    has_k0s = isinstance(merged, Mapping) and "k0s" in merged
    instance_id = None if has_seed else _line(root / CLOUD_INSTANCE_ID)
    return Source("cloud-init", instance_id, has_k0s, at(merged, "k0s"), problems)


def _problems_of_user_data(root: Path) -> tuple[Problem, ...]:
    try:
        text = read_limited(root / CLOUD_USER_DATA, MAX_BYTES)
    except OSError:
        return ()
    # A template becomes YAML only when cloud-init has filled it in, and archives are of many parts.
    if not text.startswith((b"#cloud-config\n", b"#cloud-config\r\n")) or b"k0s" not in text:
        return ()
    try:
        load(text, "user-data")
    except YamlProblem as error:
        return (error.problem,)
    return ()


def _line(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except (OSError, UnicodeDecodeError):
        return None
