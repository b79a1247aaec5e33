"""YAML as k0s reads it: one document, duplicate keys refused, no Python objects."""

import yaml

from k0s_standin.failure import Failure

Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Kubernetes knows strings, numbers, true and false: no dates, and yes/no/on/off are words for sigs.k8s.io/yaml too.
TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Strict(Loader):
    """Refuses a key that stands twice in a mapping, and leaves dates as the text that they are."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                mark = key.start_mark
                raise Failure(f'line {mark.line + 1}: key "{key.value}" already set in map')
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_Strict.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != TIMESTAMP]
    for first, resolvers in Loader.yaml_implicit_resolvers.items()
}
_Strict.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG,
    lambda loader, node: loader.construct_mapping(node, deep=True),
)


def load(data: bytes, name: str) -> object:
    """The one document of a file; Failure naming file and line for everything else."""
    try:
        return yaml.load(data, Loader=_Strict)
    except Failure as error:
        raise Failure(f"{name}: {error}") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise Failure(f"{name}: error converting YAML to JSON: {_told(error)}") from None


def load_all(data: bytes, name: str) -> list[object]:
    """The documents of a file, without the empty ones."""
    try:
        return [each for each in yaml.load_all(data, Loader=_Strict) if each is not None]
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, Failure) as error:
        raise Failure(f"{name}: {_told(error)}") from None


def dump(value: object) -> str:
    """YAML text of plain values, keys in their order."""
    dumper: type = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump(value, Dumper=dumper, sort_keys=False, default_flow_style=False)


def _told(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return str(error).split("\n", 1)[0]
    return f"yaml: line {mark.line + 1}: {getattr(error, 'problem', None) or 'syntax error'}"
