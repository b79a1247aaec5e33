"""What k0s's own log says of why it does not run: one sentence, and what to do."""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from kiln.summary import printable

MOST = 300

# Whatever looks like a token's secret, a key or a certificate never leaves the journal.
_SECRETS = (
    re.compile(r"\b([a-z0-9]{6})\.[a-z0-9]{16}\b"),
    re.compile(r"-----BEGIN .*?(-----END [A-Z ]+-----|$)"),
    re.compile(r"\b[A-Za-z0-9+/_-]{40,}={0,2}"),
)
_VALUE = r'("(?:[^"\\]|\\.)*"|\S+)'
_LOGRUS = re.compile(rf"level=(?:error|fatal)\b.*?\bmsg={_VALUE}(?:.*?\berror={_VALUE})?")
_PLAIN = re.compile(r"^(?:.*?\()?Error: (.+)$")
_ADDRESS = re.compile(r"https://[^\s/\"'\\]+|dial tcp \S+?(?=: )")

NEW_TOKEN = "give the box a seed with a new token and a new instance-id"


class Rule(NamedTuple):
    """A kind of failure: how the log tells it, and how Kiln does."""

    pattern: re.Pattern[str]
    key: str
    message: Callable[[str, str], str]
    """From the line, and the address of this box."""


def refused(server: str) -> str:
    """A server that does not take the token."""
    return f"{server} refuses the token: it is unknown there or has expired; {NEW_TOKEN}"


def untrusted(server: str, reason: str) -> str:
    """A server with a certificate that the token's CA has not made."""
    return (
        f"{server} is not trusted ({reason}): the token is of another cluster, or the address leads "
        f"elsewhere; {NEW_TOKEN}"
    )


def silent(server: str, reason: str = "") -> str:
    """A server that cannot be reached."""
    why = f" ({reason})" if reason else ""
    return f"{server} does not answer{why}; see that a controller runs there and the network leads to it"


def _where(line: str) -> str:
    found = _ADDRESS.search(line)
    return found.group().removeprefix("dial tcp ") if found else "the cluster"


def _member_exists(line: str, address: str) -> str:
    return (
        "etcd still has a member with this box's address, or takes in another one just now; if this stays, "
        f"run `k0s etcd leave --peer-address {address}` on a controller that works; then this box joins"
    )


def _rule(pattern: str, key: str, message: Callable[[str, str], str]) -> Rule:
    return Rule(re.compile(pattern, re.I), key, message)


# The first that matches a line explains it. From the specific to the general.
RULES = (
    _rule(
        r"peer urls? already exist|join etcd cluster: 500",
        "k0s.etcd",
        _member_exists,
    ),
    _rule(
        r"401 unauthorized|\bunauthorized\b",
        "k0s.token",
        lambda line, _: refused(_where(line)),
    ),
    _rule(
        r"signed by unknown authority|self[- ]signed certificate",
        "k0s.token",
        lambda line, _: untrusted(_where(line), "another CA signed its certificate"),
    ),
    _rule(
        r"certificate has expired or is not yet valid",
        "clock",
        lambda line, _: f"a certificate of {_where(line)} is not valid at the time of this box's clock; set "
        "the clock (ntp servers in the seed), or renew the certificate",
    ),
    _rule(
        r"certificate is (?:not )?valid for",
        "k0s.token",
        lambda line, _: f"{_where(line)} has a certificate for other addresses; name this one in "
        "spec.api.sans of the controllers, or use a token with an address that is there",
    ),
    _rule(
        r"unknown field|invalid (?:node )?config|failed to (?:load|read|parse) .*config|config\S* is invalid",
        "k0s.config",
        lambda line, _: f"k0s refuses it: {what_is_said(line)}; correct the key in the seed",
    ),
    _rule(
        r"pre-?flight check",
        "k0s",
        lambda line, _: f"does not start here: {what_is_said(line)}; `k0s sysinfo` shows all checks",
    ),
    _rule(
        r"no space left on device",
        "disk",
        lambda line, _: "/var is full; remove what is not needed from it, or give the box a larger disk",
    ),
    _rule(
        r"no such host|server misbehaving|temporary failure in name resolution",
        "k0s.token",
        lambda line, _: f"the name in {_where(line)} is not known to the name servers; correct it, or the "
        "name servers in the seed's network-config",
    ),
    _rule(
        r"connection refused|no route to host|network is unreachable|i/o timeout|deadline exceeded",
        "k0s.token",
        lambda line, _: silent(_where(line)),
    ),
    _rule(
        r"address already in use",
        "k0s",
        lambda line, _: f"finds a port taken that it needs: {what_is_said(line)}",
    ),
)


class Explanation(NamedTuple):
    """The key that a failure is about, and the sentence for it."""

    key: str
    message: str


def explain(lines: Iterable[str], address: str) -> Explanation | None:
    """
    Why k0s ended, from its last lines: the newest error that is understood, else the newest error as it
    stands, else None. Pure.
    """
    errors = [line for line in lines if _is_error(line)][::-1]
    for line in errors:
        for rule in RULES:
            if rule.pattern.search(line):
                return Explanation(rule.key, rule.message(redacted(line), address))
    return Explanation("k0s", f"says: {what_is_said(errors[0])}") if errors else None


def what_is_said(line: str) -> str:
    """The message of a log line, in one line, without what may be secret. Pure."""
    plain = _PLAIN.match(line)
    logrus = _LOGRUS.search(line)
    if plain:
        text = plain.group(1)
    elif logrus:
        text = ": ".join(_unquoted(part) for part in logrus.groups() if part)
    else:
        text = line
    text = printable(redacted(text))
    return text if len(text) <= MOST else f"{text[:MOST]} ..."


def redacted(text: str) -> str:
    """The text with stars in the place of whatever may be a secret; a token keeps its public id. Pure."""
    token, *others = _SECRETS
    text = token.sub(r"\1.****************", text)
    for pattern in others:
        text = pattern.sub("****", text)
    return text


def _is_error(line: str) -> bool:
    return bool(_PLAIN.match(line) or _LOGRUS.search(line))


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
