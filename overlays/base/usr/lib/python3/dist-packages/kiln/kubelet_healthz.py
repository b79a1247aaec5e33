"""
Where the kubelet says that it is well. A worker profile of the cluster may put it elsewhere, or nowhere, and so may
flags in the seed: what k0s has made of both is on the box.
"""

import re
from pathlib import Path

CONFIG = Path("/run/k0s/kubelet/config.yaml")
ARGUMENTS = Path("/run/kiln/k0s.env")

Address = tuple[str, int]

_DEFAULT_HOST, _DEFAULT_PORT = "127.0.0.1", 10248
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_HOST = r"([0-9A-Fa-f.:]+)"


def healthz_address(config: Path = CONFIG, arguments: Path = ARGUMENTS) -> Address | None:
    """The address, None when the kubelet has none."""
    return address_in(_text(config), _text(arguments))


def address_in(config: str, arguments: str) -> Address | None:
    """From a KubeletConfiguration and k0s's arguments; the kubelet's flags come before its file. Pure."""
    port = _last(r"--healthz-port[= ]+(\d+)", arguments) or _key("healthzPort", r"(\d+)", config)
    host = _last(rf"--healthz-bind-address[= ]+{_HOST}", arguments) or _key("healthzBindAddress", _HOST, config)
    if port == "0":
        return None
    host = host or _DEFAULT_HOST
    return _ANY.get(host, host), int(port or _DEFAULT_PORT)


def _key(name: str, value: str, text: str) -> str:
    return _last(rf"""^\s*["']?{name}["']?\s*:\s*["']?{value}["']?,?\s*$""", text)


def _last(pattern: str, text: str) -> str:
    found = re.findall(pattern, text, re.MULTILINE)
    return str(found[-1]) if found else ""


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
