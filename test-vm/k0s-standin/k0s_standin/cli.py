"""The command line: finds the command, reads its flags, and tells what went wrong as k0s does."""

import sys
from collections.abc import Sequence
from typing import NamedTuple

from k0s_standin.failure import Failure
from k0s_standin.flags import parse
from k0s_standin.version import NOTICE


class Command(NamedTuple):
    """A command: the module that has its flags and its function, and how many arguments it takes."""

    module: str
    flags: str
    function: str
    summary: str
    most_arguments: int = 0


COMMANDS = {
    ("version",): Command("commands.version", "FLAGS", "run", "Print the k0s version"),
    ("controller",): Command("controller", "FLAGS", "run", "Run controller", 1),
    ("worker",): Command("worker", "FLAGS", "run", "Run worker", 1),
    ("status",): Command("commands.status", "STATUS", "status", "Get k0s instance status information"),
    ("status", "components"): Command("commands.status", "COMPONENTS", "components", "Get component status"),
    ("config", "validate"): Command("commands.config", "FLAGS", "validate", "Validate k0s configuration"),
    ("config", "create"): Command("commands.config", "CREATE", "create", "Output the default configuration"),
    ("token", "pre-shared"): Command("commands.token", "PRE_SHARED", "pre_shared", "Write a token and its Secret"),
    ("token", "create"): Command("commands.token", "CREATE", "create", "Create join token"),
    ("token", "list"): Command("commands.token", "LIST", "list_tokens", "List join tokens"),
    ("token", "invalidate"): Command("commands.token", "COMMON", "invalidate", "Invalidate join tokens", 99),
    ("sysinfo",): Command("commands.sysinfo", "FLAGS", "run", "Display system information"),
    ("etcd", "member-list"): Command("commands.etcd", "FLAGS", "member_list", "List etcd cluster members"),
    ("etcd", "leave"): Command("commands.etcd", "LEAVE", "leave", "Leave the etcd cluster"),
    ("kubeconfig", "admin"): Command("commands.kubeconfig", "FLAGS", "admin", "Display admin's kubeconfig"),
    ("kubeconfig", "create"): Command("commands.kubeconfig", "CREATE", "create", "Create a user's kubeconfig", 1),
    ("kubectl", "get"): Command("commands.kubectl", "FLAGS", "get", "Show nodes", 2),
}
ALIASES = {"server": "controller"}

# Known to k0s, but of no use without Kubernetes or on an immutable system.
MISSING = (
    *("airgap", "api", "backup", "completion", "ctr", "docs", "install", "keepalived-config"),
    *("reset", "restore", "start", "stop"),
)


def main(arguments: Sequence[str]) -> int:
    """Runs the command of a command line and returns the exit code."""
    try:
        words, rest = _split(arguments)
        if not words or rest[:1] in (["--help"], ["-h"]):
            print(_help(words))
            return 0
        return _run(COMMANDS[words], words, rest)
    except Failure as error:
        print(f"Error: {error} [{NOTICE}]", file=sys.stderr, flush=True)
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"Error: {where}{error.strerror or error} [{NOTICE}]", file=sys.stderr, flush=True)
        return 1


def _split(arguments: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The command's words and what follows them; Failure for a command that there is not."""
    if not arguments or arguments[0] in ("help", "--help", "-h"):
        return (), []
    first = ALIASES.get(arguments[0], arguments[0])
    pair = (first, arguments[1]) if len(arguments) > 1 else None
    if pair in COMMANDS:
        return pair, list(arguments[2:])
    if (first,) in COMMANDS:
        return (first,), list(arguments[1:])
    if first in MISSING:
        raise Failure(f'the command "{first}" of k0s is not part of the stand-in')
    known = sorted(words[1] for words in COMMANDS if words[0] == first and len(words) == 2)
    if known:
        given = f'unknown command "{arguments[1]}"' if pair else "a command is missing"
        raise Failure(f'{given} for "k0s {first}"; known are {", ".join(known)}')
    every = sorted({words[0] for words in COMMANDS})
    raise Failure(f'unknown command "{first}" for "k0s"; known are {", ".join(every)}')


def _run(command: Command, words: tuple[str, ...], rest: list[str]) -> int:
    import importlib

    module = importlib.import_module(f"k0s_standin.{command.module}")
    parsed = parse(getattr(module, command.flags), rest)
    if len(parsed.arguments) > command.most_arguments:
        extra = parsed.arguments[command.most_arguments]
        raise Failure(f'unknown command "{extra}" for "k0s {" ".join(words)}"')
    return int(getattr(module, command.function)(parsed))


def _help(words: tuple[str, ...]) -> str:
    lines = [f"{NOTICE}. Commands:"]
    chosen = {key: each for key, each in COMMANDS.items() if not words or key == words}
    lines += [f"  k0s {' '.join(key):<20} {each.summary}" for key, each in chosen.items()]
    if words:
        import importlib

        module = importlib.import_module(f"k0s_standin.{COMMANDS[words].module}")
        names = [each.name for each in getattr(module, COMMANDS[words].flags)]
        lines.append("Flags: " + " ".join(f"--{name}" for name in names))
    return "\n".join(lines)
