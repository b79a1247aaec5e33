"""
Looks at seeds as a box does before it takes one, and at their ClusterConfig as k0s would: for seeds that Kiln has
made. Reads [{"name": …, "role": …, "files": {name: text}}] from the standard input, prints every complaint.
"""

import json
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from k0s_standin.config.load import config_problems
from k0s_standin.config.rules import at, role_problems
from k0s_standin.strict_yaml import load as load_k0s_yaml

from kiln import user_data
from kiln.cluster_config import ClusterConfig
from kiln.plan import config_file
from kiln.request import check
from kiln.seed_check import examine
from kiln.seed_files import NOCLOUD, Seed
from kiln.strict_yaml import load


def complaints(name: str, files: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with one seed, warnings among it."""
    seed = Seed(NOCLOUD, name, {key: text.encode() for key, text in files.items()})
    limits = seed.layout.limits()
    for key in files.keys() - limits.keys():
        yield f"{name}: {key} is no file of a seed"
    for key, text in seed.files.items():
        if len(text) > limits.get(key, 0):
            yield f"{name}: {key} is too large"
    examined = examine(seed, {})
    found = examined.findings
    for problem in (*found.errors, *found.k0s, *found.warnings):
        yield f"{name}: {problem}"
    yield from toml_complaints(name, seed)
    request, _ = check(examined.meta_data.get("k0s"))
    if request and request.config:
        yield from config_complaints(name, request.role, request.config)
        file = config_file(request)
        if file is None or load_k0s_yaml(file.data, "k0s.yaml") != request.config.document:
            yield f"{name}: k0s would read another configuration"


def toml_complaints(name: str, seed: Seed) -> Iterator[str]:
    """What containerd would not be able to read."""
    written = at(load(seed.files["user-data"], "user-data"), "write_files")
    for file in written if isinstance(written, list) else []:
        if file["path"].endswith(".toml"):
            try:
                tomllib.loads(file["content"])
            except tomllib.TOMLDecodeError as error:
                yield f"{name}: {file['path']}: {error}"


def config_complaints(name: str, role: str, config: ClusterConfig) -> Iterator[str]:
    """What k0s's own validation says."""
    spec = at(config.document, "spec")
    roles = {"is_single": role == "single", "has_worker": role == "controller+worker"}
    for problem in (*config_problems(config.document), *role_problems(spec, **roles)):
        yield f"{name}: k0s config validate: {problem}"


def main() -> int:
    """Returns the exit code: 1 if there are complaints."""
    seeds = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as zones:
        # The machine that tests run on may have no time zones.
        for seed in seeds:
            zone = (load(seed["files"]["user-data"].encode(), "user-data") or {}).get("timezone")
            if zone:
                path = Path(zones, zone)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        user_data._check_timezone.__defaults__ = (Path(zones),)
        found = [each for seed in seeds for each in complaints(seed["name"], seed["files"])]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
