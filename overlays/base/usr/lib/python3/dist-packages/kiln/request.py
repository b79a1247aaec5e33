"""Checks the `k0s` key of the metadata, all of it: the request that it is, or every mistake in it."""

from collections.abc import Callable, Mapping

from kiln.cluster_config import ClusterConfig, check_config, single_node_config
from kiln.extra_args import check_args
from kiln.fields import Findings
from kiln.join_token import MAX_BYTES as MAX_TOKEN_BYTES
from kiln.join_token import JoinToken, TokenProblem, parse_token
from kiln.labels import check_labels, check_taints, is_dns_name
from kiln.manifests import check_manifests
from kiln.pki import check_pki
from kiln.problem import Problem
from kiln.request_model import ROLES, Request
from kiln.role_rules import check_whole, refuse_for_role

KEYS = (
    "args",
    "bootstrap",
    "certificates",
    "config",
    "labels",
    "manifests",
    "peers",
    "pki",
    "profile",
    "role",
    "taints",
    "token",
    "token-file",
)

_NO_CONFIG = (
    "is missing: a controller needs a ClusterConfig with its own spec.api.address and "
    "spec.storage.etcd.peerAddress"
)

ReadFile = Callable[[str], bytes]


def check(k0s: object, *, read_file: ReadFile | None = None) -> tuple[Request | None, list[Problem]]:
    """
    The request, or every mistake in it. `read_file` returns the bytes of a file of the box or raises
    OSError; without one, a token-file is believed to be there later. Changes nothing.
    """
    findings = Findings()
    keys = findings.mapping(k0s, "k0s")
    there_or_meant = keys.keys() | findings.known(keys, "k0s", KEYS)
    if isinstance(k0s, Mapping) and "role" not in there_or_meant:
        findings.add("k0s.role", f"is missing; give one of {', '.join(ROLES)}")
    role = findings.choice(keys["role"], "k0s.role", ROLES) if "role" in keys else None
    if role is None:
        # What else may be there depends on the role.
        return None, findings.problems
    refuse_for_role(keys, role, findings)
    request = _read(keys, role, findings, read_file)
    if request.config is None and role.startswith("controller") and "config" not in there_or_meant:
        findings.add("k0s.config", _NO_CONFIG)
    check_whole(request, there_or_meant, findings)
    return (None if findings.problems else request), findings.problems


def _read(keys: Mapping[str, object], role: str, findings: Findings, read_file: ReadFile | None) -> Request:
    is_controller = role != "worker"
    bootstrap = findings.switch(keys["bootstrap"], "k0s.bootstrap") if "bootstrap" in keys else False
    return Request(
        role=role,
        bootstrap=bootstrap,
        token=_token(keys, is_controller, findings, read_file) if role != "single" else None,
        token_file=str(keys["token-file"]) if "token-file" in keys and read_file is None else None,
        config=_config(keys, role, findings),
        labels=check_labels(keys["labels"], "k0s.labels", findings) if "labels" in keys else (),
        taints=check_taints(keys["taints"], "k0s.taints", findings) if "taints" in keys else (),
        args=check_args(keys["args"], "k0s.args", role, findings) if "args" in keys else (),
        profile=_profile(keys["profile"], findings) if "profile" in keys else None,
        pki=check_pki(keys["pki"], "k0s.pki", findings) if "pki" in keys and is_controller else {},
        manifests=_manifests(keys, is_controller, findings),
        peers=_peers(keys["peers"], findings) if "peers" in keys and is_controller else (),
        certificate_restart=_restart(keys["certificates"], findings) if "certificates" in keys else "auto",
    )


def _token(
    keys: Mapping[str, object], is_controller: bool, findings: Findings, read_file: ReadFile | None
) -> JoinToken | None:
    if "token" in keys and "token-file" in keys:
        findings.add("k0s.token-file", "is there beside k0s.token; give one of the two")
        return None
    if "token" in keys:
        text, key = findings.text(keys["token"], "k0s.token"), "k0s.token"
    elif "token-file" in keys:
        text, key = _token_of_file(keys["token-file"], findings, read_file), "k0s.token-file"
    else:
        return None
    if text is None:
        return None
    try:
        return parse_token(text, is_controller)
    except TokenProblem as problem:
        findings.add(key, str(problem))
        return None


def _token_of_file(value: object, findings: Findings, read_file: ReadFile | None) -> str | None:
    key = "k0s.token-file"
    path = findings.text(value, key)
    if path is None:
        return None
    if not path.startswith("/") or ".." in path.split("/"):
        findings.add(key, "has to be an absolute path, as in /etc/site/token")
        return None
    if read_file is None:
        return None
    try:
        data = read_file(path)
    except OSError as error:
        findings.add(key, f"{path} cannot be read: {error.strerror or 'reading failed'}; put the token there")
        return None
    if len(data) > MAX_TOKEN_BYTES:
        findings.add(key, f"{path} is larger than any join token; is it the right file?")
        return None
    if not data.strip():
        findings.add(key, f"{path} is empty; put the token there")
        return None
    # What is no text is no base64 either, and is told as that.
    return data.decode("ascii", "replace")


def _config(keys: Mapping[str, object], role: str, findings: Findings) -> ClusterConfig | None:
    if role == "worker":
        return None
    if "config" in keys:
        return check_config(keys["config"], "k0s.config", role, findings)
    return ClusterConfig(single_node_config()) if role == "single" else None


def _profile(value: object, findings: Findings) -> str | None:
    name = findings.text(value, "k0s.profile")
    if name is not None and not is_dns_name(name):
        findings.add("k0s.profile", "is no name of a worker profile: small letters, digits, - and .")
    return name


def _manifests(keys: Mapping[str, object], is_controller: bool, findings: Findings) -> Mapping[str, str]:
    if "manifests" not in keys or not is_controller:
        return {}
    return check_manifests(keys["manifests"], "k0s.manifests", findings)


def _peers(value: object, findings: Findings) -> tuple[str, ...]:
    good: list[str] = []
    for place, item in findings.items(value, "k0s.peers"):
        text = findings.text(item, place)
        if text is None:
            continue
        # Every IPv4 address looks like a DNS name; what else has a colon is IPv6 or has a port.
        if is_dns_name(text) or _is_ipv6(text):
            good.append(text)
        else:
            findings.add(place, "has to be the address or name of another controller, without a port")
    return tuple(good)


def _is_ipv6(text: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def _restart(value: object, findings: Findings) -> str:
    keys = findings.mapping(value, "k0s.certificates")
    findings.known(keys, "k0s.certificates", ("restart",))
    if "restart" not in keys:
        return "auto"
    return findings.choice(keys["restart"], "k0s.certificates.restart", ("auto", "manual")) or "auto"
