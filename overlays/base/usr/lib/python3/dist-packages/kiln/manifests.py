"""Kubernetes manifests that a seed brings: k0s applies what is in /var/lib/k0s/manifests/STACK/."""

import re

import yaml

from kiln.fields import Findings

# k0s ignores the first ones, and overwrites the others with its own.
_RESERVED = frozenset(
    "api-config autopilot bootstraprbac etcd-member helm windows "
    "coredns kuberouter kubeproxy konnectivity metricserver metrics".split()
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check_manifests(value: object, key: str, findings: Findings) -> dict[str, str]:
    """The manifests by their paths, "stack/name.yaml"."""
    good: dict[str, str] = {}
    for path, item in sorted(findings.mapping(value, key).items()):
        place = f"{key}.{path}"
        complaint = _complaint_about_path(path)
        if complaint:
            findings.add(place, complaint)
            continue
        if isinstance(item, dict | list):
            findings.add(place, "has to be the text of a file: put | after the colon and indent what follows")
            continue
        text = findings.text(item, place)
        if text is not None and _is_yaml(text, place, findings):
            good[path] = text
    return good


def _complaint_about_path(path: str) -> str:
    stack, slash, name = path.partition("/")
    if not slash or "/" in name:
        return "has to be one directory and a file in it, as in site/tokens.yaml: k0s reads no other level"
    if not _NAME.fullmatch(stack) or not _NAME.fullmatch(name) or len(path) > 200:
        return "has characters that no file should have; use letters, digits, - _ and ."
    if not name.endswith(".yaml"):
        return "is not read by k0s, which takes only *.yaml; rename it"
    if stack in _RESERVED:
        return f'is in "{stack}", which is k0s\'s own; use another directory'
    return ""


def _is_yaml(text: str, place: str, findings: Findings) -> bool:
    try:
        for _ in yaml.parse(text, yaml.CSafeLoader):
            pass
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        findings.add(place, f"is not valid YAML{line}: {error.problem}")
        return False
    except yaml.YAMLError:
        findings.add(place, "is not valid YAML: it has characters that are no text")
        return False
    return True
