"""The command line of k0s for a request, and how systemd is told about it."""

import re

from kiln.request_model import Request

CONFIG_FILE = "/etc/k0s/k0s.yaml"
TOKEN_FILE = "/etc/k0s/token"

# Both replace k0s's own binary, which is in a read-only image; update-prober asks a server on the Internet.
_DISABLED = ("autopilot", "update-prober")
_DISABLE = "--disable-components"
_PLAIN = re.compile(r"[A-Za-z0-9_./:,=@%+-]+")


def unit_of(request: Request) -> str:
    """The unit that runs k0s."""
    return "k0scontroller.service" if request.is_controller else "k0sworker.service"


def arguments_of(request: Request, uses_token: bool) -> tuple[str, ...]:
    """What follows `k0s controller` or `k0s worker`. No secret is in it."""
    own: list[str] = []
    if request.is_controller:
        own.append(f"--config={CONFIG_FILE}")
        own.append(f"{_DISABLE}={','.join(_disabled(request.args))}")
    if request.role == "controller+worker":
        own.append("--enable-worker")
    if request.role == "single":
        own.append("--single")
    if uses_token:
        own.append(f"--token-file={TOKEN_FILE}")
    if request.has_worker:
        own += _worker_arguments(request)
    return (*own, *(arg for arg in request.args if not _is_disable(arg)))


def environment_file(arguments: tuple[str, ...]) -> bytes:
    """
    The EnvironmentFile= of the units. systemd takes the value out of its quotes, then splits it at
    spaces (`$KILN_K0S_ARGS` on the command line), with quotes and backslashes inside.
    """
    value = " ".join(map(_word, arguments))
    return f'KILN_K0S_ARGS="{_escaped(value, _OF_FILE)}"\n'.encode()


_OF_FILE = '"\\`$'
_OF_WORD = '"\\'


def _word(argument: str) -> str:
    return argument if _PLAIN.fullmatch(argument) else f'"{_escaped(argument, _OF_WORD)}"'


def _escaped(text: str, characters: str) -> str:
    return "".join(f"\\{each}" if each in characters else each for each in text)


def _worker_arguments(request: Request) -> list[str]:
    found = ["--iptables-mode=nft"]
    if request.labels:
        found.append("--labels=" + ",".join(f"{name}={value}" for name, value in request.labels))
    if request.taints:
        found.append("--taints=" + ",".join(request.taints))
    if request.profile:
        found.append(f"--profile={request.profile}")
    return found


def _disabled(args: tuple[str, ...]) -> list[str]:
    wanted = [name for arg in args if _is_disable(arg) for name in arg.partition("=")[2].split(",")]
    return sorted({*_DISABLED, *(name.strip() for name in wanted if name.strip())})


def _is_disable(arg: str) -> bool:
    return arg.startswith(f"{_DISABLE}=")
