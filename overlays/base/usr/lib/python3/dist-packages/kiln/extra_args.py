"""Extra flags for k0s that somebody asks for in `args`."""

import re
from difflib import get_close_matches

from kiln.fields import Findings

# What Kiln sets itself, and by which key of the metadata.
_OWN = {
    "--config": "k0s.config",
    "-c": "k0s.config",
    "--token-file": "k0s.token",
    "--enable-worker": "k0s.role: controller+worker",
    "--single": "k0s.role: single",
    "--labels": "k0s.labels",
    "--taints": "k0s.taints",
    "--profile": "k0s.profile",
}
_REFUSED = {
    "--data-dir": "k0s's data is always in /var/lib/k0s",
    "--status-socket": "the socket is always where kiln-status looks for it",
    "--iptables-mode": "it is always nft: the image has no other",
    "--init-only": "k0s would stop before it has started",
    "--help": "k0s would only print its help",
    "-h": "k0s would only print its help",
    "--kubelet-root-dir": "the kubelet's directory is always /var/lib/k0s/kubelet",
}
_OF_BOTH = frozenset(
    (
        "--cri-socket",
        "--debug",
        "--debugListenOn",
        "--enable-cloud-provider",
        "--ignore-pre-flight-checks",
        "--kubelet-extra-args",
        "--logging",
        "--verbose",
        "-d",
        "-l",
        "-v",
    )
)
_OF_CONTROLLERS = frozenset(
    (
        "--api-server-stop-timeout",
        "--disable-components",
        "--enable-dynamic-config",
        "--enable-k0s-cloud-provider",
        "--enable-metrics-scraper",
        "--feature-gates",
        "--k0s-cloud-provider-port",
        "--k0s-cloud-provider-update-frequency",
        "--kube-controller-manager-extra-args",
        "--no-taints",
    )
)
_FORM = re.compile(r"(--[A-Za-z][A-Za-z0-9-]*|-[a-z])(=.*)?", re.DOTALL)


def check_args(value: object, key: str, role: str | None, findings: Findings) -> tuple[str, ...]:
    """The flags that may be handed to k0s."""
    good: list[str] = []
    for place, item in findings.items(value, key):
        text = findings.text(item, place)
        if text is None:
            continue
        complaint = _complaint(text, role)
        if complaint:
            findings.add(place, complaint)
        else:
            good.append(text)
    return tuple(good)


def _complaint(text: str, role: str | None) -> str:
    form = _FORM.fullmatch(text)
    if not form:
        # It might be a token: it is not shown.
        return "is no flag; write each flag and its value as one item, as in --flag=value"
    flag = form.group(1)
    if re.search(r"[\x00-\x1f\x7f]", text):
        return f"has a line break or control character in the value of {flag}; leave it out"
    if flag in _OWN:
        return f"{flag} is set by Kiln; use {_OWN[flag]} for it"
    if flag in _REFUSED:
        return f"{flag} cannot be given: {_REFUSED[flag]}"
    if role == "worker" and flag in _OF_CONTROLLERS:
        return f"{flag} is a flag of controllers, and this box is a worker"
    return _typing_error(flag)


def _typing_error(flag: str) -> str:
    """A flag that is nearly a known one. Others are left to k0s: newer versions have more flags."""
    known = _OF_BOTH | _OF_CONTROLLERS
    near = [] if flag in known else get_close_matches(flag, sorted(known | _OWN.keys()), n=1, cutoff=0.85)
    return f"{flag} is unknown; did you mean {near[0]}?" if near else ""
