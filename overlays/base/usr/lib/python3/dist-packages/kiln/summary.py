"""The lines of the console's banner that follow from the status: role, state, and what to do."""

from collections.abc import Iterator, Mapping

WIDTH = 78
MOST_PROBLEMS = 6
MOST_CHARACTERS = 480

NO_SEED = "no configuration found; attach a seed (a volume labelled cidata) and restart"
NO_ROLE = "configured, but without a role: the seed has no key k0s"

_STATES = {
    "configuring": "being configured",
    "starting": "k0s is starting",
    "ready": "ready",
    "degraded": "DEGRADED: it needs attention",
    "broken": "BROKEN: it needs attention",
}
_OF_INSTALLER = ("waiting", "installing", "installed")


def summary(status: Mapping[str, object]) -> str:
    """Lines as "  state    ready", wrapped to the width of a console. Pure."""
    lines = [_fact("role", str(status["role"]))] if status.get("role") else []
    lines.extend(state_lines(status))
    lines.extend(problem_lines(status.get("problems"), MOST_PROBLEMS))
    return "".join(f"{line}\n" for line in lines)


def state_lines(status: Mapping[str, object]) -> Iterator[str]:
    """The line of the state; an installer says more than fits in one. Pure."""
    text = state_text(status)
    return _wrapped("state", printable(text)) if status.get("state") in _OF_INSTALLER else iter([_fact("state", text)])


def state_text(status: Mapping[str, object]) -> str:
    """The state in words. Pure."""
    state = str(status.get("state"))
    if state in _OF_INSTALLER:
        return f"installer: {_install_text(status) or state}"
    if state == "unconfigured":
        return NO_ROLE if status.get("instance-id") else NO_SEED
    return _STATES.get(state, state)


def _install_text(status: Mapping[str, object]) -> str:
    sections = status.get("sections")
    install = sections.get("install") if isinstance(sections, Mapping) else None
    return str(install.get("text") or "") if isinstance(install, Mapping) else ""


def problem_lines(problems: object, most: int) -> Iterator[str]:
    """Each problem with its severity and key, errors first, wrapped and without control characters. Pure."""
    known = [each for each in problems if isinstance(each, dict)] if isinstance(problems, list) else []
    # Errors before warnings; otherwise as they were found.
    ordered = sorted(known, key=_is_warning)
    for problem in ordered[:most]:
        label = "warning" if _is_warning(problem) else "problem"
        text = printable(f"{problem.get('key')}: {problem.get('message')}")
        if len(text) > MOST_CHARACTERS:
            text = f"{text[:MOST_CHARACTERS]} ..."
        yield from _wrapped(label, text)
    if len(ordered) > most:
        yield _fact("", f"and {len(ordered) - most} more; kiln-status shows all")


def printable(text: str) -> str:
    """The text in one line, with nothing in it that could steer a terminal. Pure."""
    words = "".join(each if each.isprintable() else " " for each in text).split()
    return " ".join(words)


def _is_warning(problem: Mapping[str, object]) -> bool:
    return problem.get("severity") == "warning"


def _fact(label: str, text: str) -> str:
    return f"  {label:<8} {printable(text)}"


def _wrapped(label: str, text: str) -> Iterator[str]:
    # textwrap takes longer to load than everything else here.
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > WIDTH - 11:
            yield _fact(label, line)
            label, line = "", ""
        line = f"{line} {word}" if line else word
    yield _fact(label, line)
