"""Labels and taints of a Kubernetes node, by the rules of Kubernetes."""

import re
from collections.abc import Mapping

from kiln.fields import Findings

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

# The kubelet refuses to start with other labels of Kubernetes itself (its NodeRestriction).
_OWN_LABELS = frozenset(
    (
        "beta.kubernetes.io/arch",
        "beta.kubernetes.io/instance-type",
        "beta.kubernetes.io/os",
        "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "kubernetes.io/arch",
        "kubernetes.io/hostname",
        "kubernetes.io/os",
        "node.kubernetes.io/instance-type",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
    )
)
_OWN_NAMESPACES = ("kubelet.kubernetes.io", "node.kubernetes.io")


def check_labels(value: object, key: str, findings: Findings) -> tuple[tuple[str, str], ...]:
    """The labels, sorted."""
    labels: Mapping[str, object] = findings.mapping(value, key)
    good: list[tuple[str, str]] = []
    for name, text in sorted(labels.items()):
        place = f"{key}.{name}"
        if not isinstance(text, str):
            findings.add(place, "is not text; put the value into quotes")
        elif not is_label_value(text):
            findings.add(place, "has a value that no label can have: " + _VALUE_RULE)
        elif not is_qualified_name(name):
            findings.add(place, "is no name for a label: " + _NAME_RULE)
        elif not _kubelet_may_set(name):
            findings.add(
                place,
                "is a label that a kubelet must not give itself; set it with kubectl, or use one "
                "below node.kubernetes.io/",
            )
        else:
            good.append((name, text))
    return tuple(good)


def check_taints(value: object, key: str, findings: Findings) -> tuple[str, ...]:
    """The taints as they were written."""
    seen: dict[tuple[str, str], str] = {}
    good: list[str] = []
    for place, item in findings.items(value, key):
        text = findings.text(item, place)
        if text is None:
            continue
        rest, colon, effect = text.rpartition(":")
        name, _, label = rest.partition("=")
        if not colon or effect not in EFFECTS:
            findings.add(place, f'has to end with an effect, as in "key=value:NoSchedule"; there are {_LIST}')
        elif not is_qualified_name(name):
            findings.add(place, "has no valid key before the effect: " + _NAME_RULE)
        elif not is_label_value(label):
            findings.add(place, "has a value that no taint can have: " + _VALUE_RULE)
        elif (name, effect) in seen:
            findings.add(place, f"has the key and effect of {seen[name, effect]}; leave one of them out")
        else:
            good.append(text)
        seen.setdefault((name, effect), place)
    return tuple(good)


def is_qualified_name(text: str) -> bool:
    """Whether it is a name, or a DNS name, a slash and a name."""
    prefix, slash, name = text.rpartition("/")
    return bool(_NAME.fullmatch(name)) and (not slash or is_dns_name(prefix))


def is_label_value(text: str) -> bool:
    """Whether it is empty or a name of at most 63 characters."""
    return text == "" or bool(_NAME.fullmatch(text))


def is_dns_name(text: str) -> bool:
    """Whether it is a DNS subdomain as Kubernetes names its objects (RFC 1123, in lower case)."""
    return len(text) <= 253 and all(_DNS_LABEL.fullmatch(part) for part in text.split("."))


def _kubelet_may_set(name: str) -> bool:
    namespace = name.rpartition("/")[0]
    if not _is_below(namespace, "kubernetes.io") and not _is_below(namespace, "k8s.io"):
        return True
    return name in _OWN_LABELS or any(_is_below(namespace, own) for own in _OWN_NAMESPACES)


def _is_below(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


_LIST = ", ".join(EFFECTS)
_VALUE_RULE = "at most 63 letters, digits, - _ and . that begin and end with a letter or digit"
_NAME_RULE = f"{_VALUE_RULE}, with a DNS name and / before it if need be"
