"""Whether the box is well: decisions over facts, and nothing else."""

from collections.abc import Callable, Iterator
from time import gmtime, strftime
from typing import NamedTuple

from kiln import k0s_log
from kiln.certificates import DAY, Certificate
from kiln.facts import Facts, Join
from kiln.probe import ANSWERED, TOO_EARLY, UNREACHABLE, UNTRUSTED

MIB = 1024 * 1024

# k0s's preflight warns below these (contract 6.1); the kubelet evicts pods at 10 % of free disk.
DISK_SHARE, DISK_BYTES = 0.15, 1300 * MIB
# Below these etcd, images and the journal are near to failing.
DISK_SHARE_MIN, DISK_BYTES_MIN = 0.05, 500 * MIB
INODE_SHARE_MIN = 0.05
# k0s asks for 1 GiB and 500 MiB; firmware and kernel keep a tenth of what is fitted.
MEMORY_CONTROLLER, MEMORY_WORKER = 900 * MIB, 450 * MIB
MEMORY_FREE_MIN = 0.04
# kiln-renew is done 30 days before the end of a year's certificate: later than that, nobody has renewed it.
LEAF_LATE, CA_LATE = 30 / 365, 180 * DAY
# timesyncd asks its servers for some minutes before it is fair to complain.
SYNCHRONISED_WITHIN = 300
# A site that is switched on at once: the first controller takes minutes, and has its tokens after that.
REACH_GRACE = 300
REFUSAL_GRACE = 120
START_GRACE = 600

ERROR, WARNING = "error", "warning"


class Finding(NamedTuple):
    """What a check has found: `wrong` with a severity, or well. A message says what to do."""

    check: str
    text: str
    severity: str | None = None
    key: str = ""

    @property
    def is_error(self) -> bool:
        return self.severity == ERROR


def judge(facts: Facts, waited: float) -> list[Finding]:
    """What every check finds. `waited` is for how many seconds k0s has not been serving. Pure."""
    found: list[Finding] = []
    if facts.started:
        found.extend(check_k0s(facts, waited))
    for check in ALWAYS:
        found.extend(check(facts))
    return found


def is_serving(facts: Facts) -> bool:
    """Whether k0s does what it is there for. Pure."""
    running = facts.unit is not None and facts.unit.is_running
    asked = [reply for reply in (facts.status, facts.api, facts.kubelet) if reply is not None]
    return running and all(_answers(reply.outcome, reply.status) for reply in asked)


def check_k0s(facts: Facts, waited: float) -> Iterator[Finding]:
    """The unit, what it says of itself, its API and kubelet, and when it is not there the reason."""
    unit = facts.unit
    if unit is None:
        yield Finding("k0s", "has no unit that systemd knows", ERROR)
        return
    if is_serving(facts):
        yield Finding("k0s", f"{unit.name} runs")
        yield from check_role(facts)
        yield from _answering(facts)
        return
    reason = why_not(facts, waited)
    if reason is not None:
        yield reason
    elif waited > START_GRACE:
        text = f"has not come up in {START_GRACE // 60} minutes; see `journalctl -u {unit.name}`"
        yield Finding("k0s", f"{text}{_not_answering(facts)}", ERROR)
    else:
        yield Finding("k0s", f"{unit.name} is starting{_not_answering(facts)}", key="starting")


def why_not(facts: Facts, waited: float) -> Finding | None:
    """The reason why k0s does not serve, when one is known. Pure."""
    unit = facts.unit
    if unit is not None and not unit.conditions_met:
        return Finding("k0s", "is no program in this image; build the image with one", ERROR)
    if facts.join is not None:
        refused = check_join(facts.join, waited)
        if refused is not None:
            return refused
    if unit is None or not unit.has_ended:
        return None
    explained = k0s_log.explain(facts.log, facts.address)
    has_healed = facts.join is not None and facts.join.reply.good
    if explained is not None and not (has_healed and explained.key == "k0s.token"):
        return Finding("k0s", explained.message, ERROR, explained.key)
    if unit.is_running:
        # It had a reason that nobody knows; perhaps it is gone.
        return None
    if unit.active == "inactive" and unit.result == "success":
        return Finding("k0s", f"was stopped; `systemctl start {unit.name}` starts it", ERROR)
    how = f"{unit.result}, exit status {unit.exit_status}"
    return Finding("k0s", f"has ended ({how}); see `journalctl -u {unit.name}`", ERROR)


def check_join(join: Join, waited: float) -> Finding | None:
    """What the server says that the box joins; k0s tries for minutes before it says anything. Pure."""
    url, reply = join.url, join.reply
    if reply.outcome == UNREACHABLE:
        severity = WARNING if waited < REACH_GRACE else ERROR
        key = "k0s" if join.is_done else "k0s.token"
        return Finding("join", k0s_log.silent(url, reply.reason), severity, key)
    if reply.outcome == UNTRUSTED:
        return Finding("join", k0s_log.untrusted(url, reply.reason), ERROR, "k0s.token")
    if reply.outcome == TOO_EARLY:
        text = f"the certificate of {url} is not valid yet at the time of this box's clock; set the clock"
        return Finding("join", f"{text} (ntp servers in the seed)", ERROR, "clock")
    if reply.outcome == ANSWERED and reply.status == 401 and not join.is_done:
        severity = WARNING if waited < REFUSAL_GRACE else ERROR
        return Finding("join", k0s_log.refused(url), severity, "k0s.token")
    return None


def check_role(facts: Facts) -> Iterator[Finding]:
    """Whether k0s is what the seed wants it to be."""
    says = facts.k0s
    if "Role" not in says:
        return
    is_single, has_workloads = bool(says.get("SingleNode")), bool(says.get("Workloads"))
    if says["Role"] == "worker":
        actual = "worker"
    elif is_single:
        actual = "single"
    else:
        actual = "controller+worker" if has_workloads else "controller"
    if actual == facts.role:
        yield Finding("role", actual)
    else:
        text = f"is {facts.role} in the seed, and k0s runs as {actual}; restart the box"
        yield Finding("role", text, ERROR, "k0s.role")


def check_clock(facts: Facts) -> Iterator[Finding]:
    """A clock before the image was made, or before the site's certificates begin, is wrong."""
    ahead = [each for each in facts.certificates if each.begins > facts.now]
    if facts.now < facts.epoch:
        text = f"says {_day(facts.now)}, before the image was made ({_day(facts.epoch)}); set it"
        yield Finding("clock", f"{text} (ntp servers in the seed)", ERROR)
    elif ahead:
        first = min(ahead, key=lambda each: each.begins)
        text = f"says {_day(facts.now)}, and {first.name} begins on {_day(first.begins)}; set it"
        yield Finding("clock", f"{text} (ntp servers in the seed)", ERROR)
    elif facts.started and not facts.synchronised and facts.uptime > SYNCHRONISED_WITHIN:
        text = "no time server has answered, and certificates need the right time; name one in the seed"
        yield Finding("clock", text, WARNING)
    else:
        yield Finding("clock", "synchronised" if facts.synchronised else "not synchronised yet")


def check_disk(facts: Facts) -> Iterator[Finding]:
    """Room in /var, for etcd, images, logs."""
    disk = facts.disk
    share = _share(disk.free, disk.total)
    text = f"{share:.0%} of {_size(disk.total)} in /var free"
    advice = "remove what is not needed, or give the box a larger disk"
    if share < DISK_SHARE_MIN or disk.free < DISK_BYTES_MIN:
        yield Finding("disk", f"{text}: k0s is about to fail; {advice}", ERROR)
    elif disk.inodes and _share(disk.free_inodes, disk.inodes) < INODE_SHARE_MIN:
        yield Finding("disk", f"/var has hardly any inodes left; {advice}", ERROR)
    elif facts.var_in_memory:
        text = f"{text}, in memory: at its next start the box knows nothing of it; `var` in the seed names a disk"
        yield Finding("disk", text, WARNING)
    elif share < DISK_SHARE or disk.free < DISK_BYTES:
        yield Finding("disk", f"{text}; k0s wants {DISK_SHARE:.0%} and 1.3 GB: {advice}", WARNING)
    else:
        yield Finding("disk", text)


def check_memory(facts: Facts) -> Iterator[Finding]:
    """Memory that there is, and memory that is left."""
    memory = facts.memory
    needed = MEMORY_CONTROLLER if facts.is_controller else MEMORY_WORKER
    if facts.role and memory.total < needed:
        what = "1 GiB for a controller" if facts.is_controller else "500 MiB for a worker"
        yield Finding("memory", f"{_size(memory.total)} is less than k0s asks for ({what})", WARNING)
    elif _share(memory.free, memory.total) < MEMORY_FREE_MIN:
        text = f"of {_size(memory.total)} hardly any is left; run less on the box, or fit more"
        yield Finding("memory", text, ERROR)
    else:
        yield Finding("memory", _size(memory.total))


def check_certificates(facts: Facts) -> Iterator[Finding]:
    """How long certificates last. k0s renews its own when it starts, and no others."""
    if not facts.certificates:
        return
    in_order = sorted(facts.certificates, key=lambda each: each.ends)
    late = next((each for each in in_order if _is_late(each, facts.now)), None)
    if late is None:
        yield Finding("certificates", f"the first ends on {_day(in_order[0].ends)} ({in_order[0].name})")
        return
    is_over = late.ends < facts.now
    text = f"{late.name} {'ended' if is_over else 'ends'} on {_day(late.ends)}; {_renewal(late, facts)}"
    yield Finding("certificates", text, ERROR if is_over else WARNING)


def check_units(facts: Facts) -> Iterator[Finding]:
    """What else has failed. k0s's own unit is judged above."""
    failed = [name for name in facts.failed_units if facts.unit is None or name != facts.unit.name]
    if failed:
        text = f"failed: {', '.join(failed)}; see `journalctl -b -u {failed[0]}`"
        yield Finding("units", text, WARNING)
    else:
        yield Finding("units", "none has failed")


def check_root(facts: Facts) -> Iterator[Finding]:
    """A root that is not verified is not the image."""
    if facts.verified:
        yield Finding("root", "verified")
    else:
        yield Finding("root", "dm-verity does not verify it: it may not be the image as it was built", ERROR)


ALWAYS: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    check_clock,
    check_disk,
    check_memory,
    check_certificates,
    check_units,
    check_root,
)


def _answering(facts: Facts) -> Iterator[Finding]:
    if facts.api is not None:
        yield Finding("api", "answers")
    if facts.kubelet is not None:
        yield Finding("kubelet", "answers")


def _not_answering(facts: Facts) -> str:
    """': no answer yet from the API', of those that matter."""
    if facts.api is not None and facts.api.outcome == ANSWERED and facts.api.status == 500:
        return f": the API waits for {', '.join(_unready(facts.api.body)) or 'its parts'}"
    named = (("k0s's status", facts.status), ("the API", facts.api), ("the kubelet", facts.kubelet))
    silent = [name for name, reply in named if reply and not _answers(reply.outcome, reply.status)]
    return f": no answer yet from {', '.join(silent)}" if silent else ""


def _unready(body: bytes) -> list[str]:
    """The parts that /readyz names: "[-]etcd failed: reason withheld"."""
    lines = body.decode("utf-8", "replace").splitlines()
    return [line[3:].split(" ")[0] for line in lines if line.startswith("[-]")]


def _answers(outcome: str, status: int) -> bool:
    # Who may not ask is answered all the same.
    return outcome == ANSWERED and (200 <= status < 300 or status in (401, 403))


def _is_late(certificate: Certificate, now: float) -> bool:
    left = certificate.ends - now
    return left < (CA_LATE if certificate.is_ca else LEAF_LATE * certificate.lifetime)


def _renewal(certificate: Certificate, facts: Facts) -> str:
    if certificate.is_ca:
        return "the whole site needs a new CA before then"
    if certificate.name.startswith("kubelet-client"):
        return f"the kubelet should have renewed it; see the log of the API, or {k0s_log.NEW_TOKEN}"
    unit = facts.unit.name if facts.unit else "k0scontroller.service"
    if facts.certificates_manual:
        return f"run `systemctl restart {unit}`, one controller at a time (certificates.restart is manual)"
    return f"restarting k0s did not renew it; see `journalctl -u {unit} -u kiln-renew`"


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _size(count: int | float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _day(seconds: float) -> str:
    return strftime("%Y-%m-%d", gmtime(seconds))
