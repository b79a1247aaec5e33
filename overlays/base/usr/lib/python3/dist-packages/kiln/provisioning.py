"""Makes the box what its metadata asks for, and starts k0s."""

import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kiln.box_state import BoxState
from kiln.guard import SITE, Answer, Decision, decide, must_ask
from kiln.identity import Record, identity_of
from kiln.k0s_arguments import unit_of
from kiln.k0s_tool import K0s
from kiln.labels import is_dns_name
from kiln.plan import config_file, plan_of
from kiln.problem import Problem
from kiln.request import check
from kiln.request_model import Request
from kiln.sources import Source, find_source
from kiln.units import Units

DONE = 0
TRY_AGAIN = 75
"""EX_TEMPFAIL: the unit starts again after a while."""

BROKEN = 78
"""EX_CONFIG: only another seed helps."""

ADDRESS_TIMEOUT = 30

Publish = Callable[[Mapping[str, object]], object]
AskPeers = Callable[[Request, Collection[str]], list[Answer]]
IsMember = Callable[[Request, Sequence[Answer]], bool | None]


@dataclass(frozen=True)
class Box:
    """All that provisioning touches: tests give another."""

    root: Path
    name: str
    k0s: K0s
    units: Units
    addresses: Callable[[], Collection[str]]
    """The box's own addresses, without prefix."""

    ask_peers: AskPeers
    is_member: IsMember
    publish: Publish
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its exit code, and what is published."""

    code: int
    request: Request | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def provision(box: Box) -> int:
    """One run. Returns the exit code."""
    source = find_source(box.root)
    if not source.has_k0s and not source.problems:
        box.publish({"role": None, "name": box.name, "unit": None, "started": False, "problems": []})
        _log("6", "no k0s role was given: this is a plain machine")
        return DONE
    outcome = _provision(box, BoxState(box.root), source)
    _report(box, outcome)
    return outcome.code


def _provision(box: Box, state: BoxState, source: Source) -> Outcome:
    request, raw, problems = _valid_request(box, state, source)
    if request is None:
        return Outcome(BROKEN, problems=problems)
    outcome = _become(box, state, source, request, raw)
    # What is wrong with the seed is told whatever became of the request that is carried out instead.
    return replace(outcome, problems=(*problems, *outcome.problems))


def _valid_request(
    box: Box, state: BoxState, source: Source
) -> tuple[Request | None, Mapping[str, object], tuple[Problem, ...]]:
    """The request, or the last valid one of this instance beside the problems of the present one."""
    problems = [*source.problems, *_problems_of_name(box.name)]
    request = None
    if source.has_k0s:
        request, found = check(source.k0s, read_file=state.read_file)
        problems += found
    if request and not problems:
        problems += _problems_of_k0s(box, state, request)
    if request and not problems and isinstance(source.k0s, Mapping):
        return request, source.k0s, ()
    raw = state.remembered(source.instance_id)
    remembered = check(raw)[0] if isinstance(raw, Mapping) else None
    if remembered and isinstance(raw, Mapping):
        _log("4", "the present metadata is not valid; the box goes on as what it was")
        return remembered, raw, tuple(problems)
    return None, {}, tuple(problems)


def _problems_of_name(name: str) -> list[Problem]:
    if name in ("", "localhost", "(none)"):
        message = "is missing: the box's name is its name in the cluster; give one"
    elif not is_dns_name(name):
        message = f'is "{name}", which cannot be a node\'s name; use small letters, digits and -'
    else:
        return []
    return [Problem("local-hostname", message)]


def _problems_of_k0s(box: Box, state: BoxState, request: Request) -> list[Problem]:
    """What k0s itself says, unless it has already found the same configuration valid."""
    if not box.k0s.is_there():
        return [Problem("k0s", "cannot be started: the image has no /usr/bin/k0s; build it with one")]
    file, record = config_file(request), state.record()
    if file is None or request.config is None:
        return []
    if record and record.validated == box.k0s.fingerprint(file.data):
        return []
    complaint = box.k0s.complaint(file.data, request.config.document)
    return [Problem("k0s.config", complaint)] if complaint else []


def _become(
    box: Box, state: BoxState, source: Source, request: Request, raw: Mapping[str, object]
) -> Outcome:
    identity, running = identity_of(request, box.name), box.units.running()
    if running == {unit_of(request)} and state.is_of(identity):
        # It was started in this boot, from the same files.
        return Outcome(DONE, request)
    if running:
        message = "asks for another role, name or cluster than k0s runs as; restart the box"
        return Outcome(BROKEN, request, (Problem("k0s", message),))
    missing = _missing_addresses(box, request)
    if missing:
        return Outcome(TRY_AGAIN, request, missing)
    if not state.is_of(identity):
        _log("5", "the state in /var belongs to another cluster, role or name; it is set aside")
        state.set_aside()
    record = _record(box, state, Record(identity), request)
    state.write_record(record)
    state.remember(source.instance_id, raw, request.token.text if request.token else None)
    decision = _ask(box, state, request)
    if not decision.starts:
        return Outcome(TRY_AGAIN, request, decision.problems)
    plan = plan_of(request, identity, record, state.pki(), decision.joins)
    state.carry_out(plan)
    box.units.start(plan.unit)
    return Outcome(DONE, request, warnings=decision.problems)


def _record(box: Box, state: BoxState, new: Record, request: Request) -> Record:
    """What is known of the state that is there, for its identity of today."""
    old = state.record()
    if old and (old.identity.kind, old.identity.name) == (new.identity.kind, new.identity.name):
        cluster = new.identity.cluster or old.identity.cluster
        same = old.identity.cluster in (None, cluster)
        new = replace(old if same else new, identity=replace(new.identity, cluster=cluster))
    file = config_file(request)
    return replace(new, validated=box.k0s.fingerprint(file.data) if file else "")


def _missing_addresses(box: Box, request: Request) -> tuple[Problem, ...]:
    """k0s would take part in the cluster under an address that nobody reaches."""
    if request.config is None or request.role == "single":
        return ()
    wanted = {"k0s.config.spec.api.address": request.config.api_address}
    if request.runs_etcd:
        wanted["k0s.config.spec.storage.etcd.peerAddress"] = request.config.peer_address
    for second in range(ADDRESS_TIMEOUT + 1):
        own = box.addresses()
        missing = {key: address for key, address in wanted.items() if address not in own}
        if not missing:
            return ()
        if second < ADDRESS_TIMEOUT:
            box.sleep(1)
    has = f"it has {', '.join(sorted(own))}" if own else "it has none yet"
    return tuple(
        Problem(key, f"{address} is no address of this box ({has}); correct it, or the network configuration")
        for key, address in missing.items()
    )


def _ask(box: Box, state: BoxState, request: Request) -> Decision:
    """The twin guard, where it is needed."""
    if not must_ask(request, state.has_member()):
        return Decision(starts=True, joins=True)
    answers = box.ask_peers(request, box.addresses())
    alive = [answer for answer in answers if answer.authority == SITE]
    is_member = box.is_member(request, alive) if alive and request.token else None
    return decide(request, answers, is_member)


def _report(box: Box, outcome: Outcome) -> None:
    request = outcome.request
    started = outcome.code == DONE
    problems = [{"key": each.key, "message": each.message} for each in outcome.problems]
    problems += [
        {"key": each.key, "message": each.message, "severity": "warning"} for each in outcome.warnings
    ]
    box.publish(
        {
            "role": request.role if request else None,
            "name": box.name,
            "unit": unit_of(request) if request else None,
            "started": started,
            "certificates": request.certificate_restart if request else None,
            "problems": problems,
        }
    )
    for problem in outcome.problems:
        _log("3", str(problem))
    for problem in outcome.warnings:
        _log("4", str(problem))
    if started and request:
        _log("6", f"k0s is started as {request.role}")


def _log(level: str, message: str) -> None:
    print(f"<{level}>{message}", file=sys.stderr, flush=True)
