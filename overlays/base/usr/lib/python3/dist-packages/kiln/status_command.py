"""The command kiln-status: what the box says of itself, for people and for scripts."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from kiln import status
from kiln.summary import printable, problem_lines, state_lines

EXIT_CODES = {"ready": 0, "degraded": 1, "starting": 3, "configuring": 3, "broken": 4, "unconfigured": 5}
# An installer is no box yet: it waits for somebody, or is at work.
EXIT_CODES |= {"waiting": 5, "installing": 3, "installed": 3}

_DESCRIPTION = "Shows the box's role, address, state, and what to do when something is wrong."
_EPILOG = """\
exit status:
  0  ready
  1  degraded: it works, and something needs attention
  2  the command line is wrong
  3  starting, or being configured; of an installer, at work or done
  4  broken: it cannot become what its seed says
  5  no configuration was found; of an installer, it waits for a disk or a seed

examples:
  kiln-status                      what the box is and how it is
  kiln-status --wait 600           wait until it is ready, for ten minutes at most
  kiln-status --json               everything, for scripts; /run/kiln/status.json has the same
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the status, and returns the exit code for its state."""
    options = _parser().parse_args(argv)
    whole = wait_until_ready(options.wait, status.read, time.monotonic, time.sleep)
    if options.json:
        print(json.dumps(whole, indent=2))
    else:
        print("\n".join(table(whole, time.time())))
    return EXIT_CODES.get(str(whole.get("state")), 3)


def wait_until_ready(
    seconds: float,
    read: Callable[[], dict[str, object]],
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> dict[str, object]:
    """The status as soon as it is ready, or when the time is over."""
    until = clock() + seconds
    while True:
        whole = read()
        left = until - clock()
        if whole.get("state") == "ready" or left <= 0:
            return whole
        sleep(min(1.0, left))


def table(whole: Mapping[str, object], now: float) -> Iterator[str]:
    """The status as lines. Pure."""
    sections = _mapping(whole.get("sections"))
    health = _mapping(sections.get("health"))
    yield from _facts(whole, _mapping(sections.get("seed")), health, now)
    found = whole.get("problems")
    problems = found if isinstance(found, list) else []
    if problems:
        yield ""
        yield from problem_lines(problems, len(problems))
    checks = _mapping(health.get("checks"))
    if checks:
        yield ""
        told = {_mapping(problem).get("message") for problem in problems}
        yield from (_check(name, _mapping(check), told) for name, check in checks.items())


def _check(name: str, check: Mapping[str, object], told: Collection[object]) -> str:
    text = "see above" if check.get("text") in told else printable(str(check.get("text")))
    return f"  {'ok' if check.get('ok') else '--':<8} {name:<12} {text}"


def _facts(
    whole: Mapping[str, object], seed: Mapping[str, object], health: Mapping[str, object], now: float
) -> Iterator[str]:
    image, addresses = _mapping(whole.get("image")), whole.get("addresses")
    known = " ".join(map(str, addresses)) if isinstance(addresses, list) else ""
    yield _fact("name", whole.get("name"))
    yield _fact("role", whole.get("role") or "none")
    yield from state_lines(whole)
    yield _fact("address", known or "none")
    yield _fact("image", f"{image.get('name') or 'unknown'} {image.get('version') or ''}")
    yield _fact("k0s", _k0s(_mapping(whole.get("k0s")), health.get("k0s-since"), now))
    yield _fact("seed", _seed(whole.get("instance-id"), seed))


def _k0s(k0s: Mapping[str, object], since: object, now: float) -> str:
    version = str(k0s.get("version") or "none in this image")
    if k0s.get("kind") == "stand-in":
        version = "STAND-IN: this is not Kubernetes"
    if isinstance(since, (int, float)):
        return f"{version}, running for {duration(max(0, int(now - since)))}"
    return version


def _seed(instance: object, seed: Mapping[str, object]) -> str:
    if not instance:
        return "none"
    if not seed:
        # An installer's: it is not this machine's own.
        return str(instance)
    remembered = ", remembered" if seed.get("remembered") else ""
    return f"{instance} from {seed.get('source') or 'an earlier medium'}{remembered}"


def duration(seconds: int) -> str:
    """"3 d 4 h", in the two largest units. Pure."""
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    for (large, size), (small, part) in zip(units, units[1:], strict=False):
        if seconds >= size:
            rest = seconds % size // part
            return f"{seconds // size} {large} {rest} {small}" if rest else f"{seconds // size} {large}"
    return f"{seconds} s"


def _fact(label: str, value: object) -> str:
    return f"  {label:<8} {printable(str(value))}"


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kiln-status",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="print the whole status as JSON")
    parser.add_argument(
        "--wait", metavar="SECONDS", type=_seconds, default=0.0, help="wait until the box is ready"
    )
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return value


if __name__ == "__main__":
    sys.exit(main())
