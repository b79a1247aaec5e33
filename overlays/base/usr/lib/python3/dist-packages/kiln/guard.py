"""
The twin guard. k0s starts a new cluster when it has neither etcd data nor a token; on a first controller
whose disk was wiped that would be a second one under the same CA. So such a box asks its peers first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kiln.problem import Problem
from kiln.request_model import Request

SITE = "site"
OTHER = "other"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """A peer that answered on one of its ports; those that are silent give none."""

    host: str
    port: int
    authority: str
    """SITE when the site's CA has signed its certificate, OTHER when not, UNKNOWN without a CA to compare."""

    @property
    def place(self) -> str:
        """Host and port as in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Decision:
    """Whether k0s is started, and how."""

    starts: bool
    joins: bool
    problems: tuple[Problem, ...] = ()


def must_ask(request: Request, has_member: bool) -> bool:
    """Whether k0s would start a new cluster on this box that could already exist."""
    return request.bootstrap and request.runs_etcd and not has_member


def decide(request: Request, answers: Sequence[Answer], is_member: bool | None) -> Decision:
    """
    `is_member` says whether the living cluster still has an etcd member at this box's address; None when
    that could not be found out.
    """
    alive = [answer for answer in answers if answer.authority == SITE]
    if alive:
        return _with_cluster(request, alive[0], is_member)
    strangers = [answer for answer in answers if answer.authority != SITE]
    if request.authority is None and strangers:
        return _stop(
            "k0s.pki.ca.crt",
            f"is missing, and a cluster answers at {strangers[0].place}: without the site's CA this box cannot "
            "tell whether it is the site's, and starts no second one; give the CA, or take that address out",
        )
    warnings = tuple(
        Problem("k0s.config", f"{each.place} answers with a certificate of another CA; it is not of this site")
        for each in strangers
    )
    return Decision(starts=True, joins=False, problems=warnings)


def _with_cluster(request: Request, alive: Answer, is_member: bool | None) -> Decision:
    if request.token is None:
        return _stop(
            "k0s.token",
            f"is missing: the site's cluster answers at {alive.place}, so this box must join it and starts no "
            "second one; give it a token of `k0s token create --role controller`",
        )
    if is_member:
        address = request.config.peer_address if request.config else None
        return _stop(
            "k0s.bootstrap",
            f"the cluster at {alive.place} still has an etcd member at {address}, whose data this box has lost; "
            f"run `k0s etcd leave --peer-address {address}` on the controller {alive.host}, and this box joins by "
            "itself",
        )
    return Decision(starts=True, joins=True)


def _stop(key: str, message: str) -> Decision:
    return Decision(starts=False, joins=False, problems=(Problem(key, message),))
