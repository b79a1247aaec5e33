"""Looks at the box, and only looks: what is read here is judged in `checks`."""

import json
import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from kiln import joining, probe
from kiln.addresses import box_addresses
from kiln.certificates import of_box
from kiln.checks import is_serving
from kiln.facts import Facts, Join, Space, Unit
from kiln.kubelet_healthz import healthz_address

STATUS_SOCKET = "/run/k0s/status.sock"
# k0s asks the API before it says how a worker is, and a small box at work takes seconds for either.
K0S_SECONDS = 10
LOG_LINES = 200

# Sections of the status, and how the units begin that write them.
_UNITS_OF_SECTIONS = {"seed": "kiln-seed", "var": "kiln-var", "provision": "kiln-provision"}

_PEER_ADDRESS = re.compile(r"""\bpeerAddress["']?\s*:\s*["']?([0-9a-fA-F.:]+)""")

_UNIT_PROPERTIES = (
    "ActiveState,SubState,NRestarts,Result,ExecMainStatus,ActiveEnterTimestamp,ConditionResult,"
    "ConditionTimestampMonotonic,Job"
)


def gather(sections: Mapping[str, object]) -> Facts:
    """The facts, given what the other sections of the status say of the box."""
    provision = _mapping(sections.get("provision"))
    facts = _of_machine(provision, told_units(sections))
    if not facts.started:
        return facts
    facts = _of_k0s(facts, str(provision.get("unit") or ""))
    return facts if is_serving(facts) else _of_failure(facts)


def told_units(sections: Mapping[str, object]) -> tuple[str, ...]:
    """How the names of units begin that have told themselves why they failed, in their sections. Pure."""
    units = _UNITS_OF_SECTIONS.items()
    return tuple(begin for name, begin in units if _mapping(sections.get(name)).get("problems"))


def _of_machine(provision: Mapping[str, object], told: tuple[str, ...]) -> Facts:
    role = provision.get("role")
    failed = parse_failed(_systemctl("list-units", "--failed", "--plain", "--no-legend"))
    return Facts(
        now=time.time(),
        uptime=time.clock_gettime(time.CLOCK_BOOTTIME),
        epoch=_modified(Path("/usr/lib/clock-epoch")),
        synchronised=Path("/run/systemd/timesync/synchronized").exists(),
        disk=_disk("/var"),
        memory=parse_memory(_text(Path("/proc/meminfo"))),
        role=str(role) if role else None,
        started=bool(provision.get("started")),
        certificates_manual=provision.get("certificates") == "manual",
        certificates=tuple(of_box()),
        failed_units=tuple(unit for unit in failed if not unit.startswith(told)),
        verified=_root_is_verified(),
        var_in_memory=is_in_memory("/var", _text(Path("/proc/self/mounts"))),
    )


def _of_k0s(facts: Facts, unit: str) -> Facts:
    role_unit = "k0scontroller.service" if facts.is_controller else "k0sworker.service"
    name = unit or role_unit
    shown = _systemctl("show", "--timestamp=unix", f"--property={_UNIT_PROPERTIES}", name)
    status = probe.ask_unix(STATUS_SOCKET, "/status", K0S_SECONDS)
    api = kubelet = None
    if facts.is_controller:
        api = probe.ask_tls(joining.api_of_controller(), "/readyz", K0S_SECONDS)
    healthz = healthz_address() if facts.is_worker else None
    if healthz is not None:
        kubelet = probe.ask_plain(*healthz, "/healthz")
    return facts._replace(
        unit=parse_unit(name, shown), status=status, k0s=_json(status.body), api=api, kubelet=kubelet
    )


def _of_failure(facts: Facts) -> Facts:
    """What tells why k0s does not serve; only asked for then."""
    name = facts.unit.name if facts.unit else ""
    # A k0s that cannot join ends every ten minutes; what is older has been mended since.
    recent = ["--boot", "--since=-20min", f"--lines={LOG_LINES}", "--output=cat", "--no-pager"]
    log = _run(["journalctl", f"--unit={name}", *recent])
    return facts._replace(join=_join(facts), log=tuple(log.splitlines()), address=_peer_address())


def _join(facts: Facts) -> Join | None:
    to_join = joining.endpoint_to_join(facts.is_controller)
    if to_join is not None:
        # Who has no valid token may see neither. A controller's answer has keys: only its status is read.
        target = "/v1beta1/ca" if facts.is_controller else "/api"
        return Join(to_join.url, probe.ask_tls(to_join, target, body=False))
    joined = None if facts.is_controller else joining.endpoint_joined()
    if joined is None:
        return None
    return Join(joined.url, probe.ask_tls(joined, "/api", body=False), is_done=True)


def parse_unit(name: str, shown: str) -> Unit | None:
    """The output of `systemctl show --timestamp=unix`. Pure."""
    values = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    if "ActiveState" not in values:
        return None
    since = values.get("ActiveEnterTimestamp", "").removeprefix("@")
    was_tried = values.get("ConditionTimestampMonotonic", "0") != "0"
    return Unit(
        name,
        values["ActiveState"],
        values.get("SubState", ""),
        restarts=_number(values.get("NRestarts")),
        result=values.get("Result", ""),
        exit_status=_number(values.get("ExecMainStatus")),
        since=float(since) if since.isdigit() and since != "0" else None,
        conditions_met=values.get("ConditionResult") == "yes" or not was_tried,
        is_queued=_number(values.get("Job")) > 0,
    )


def parse_failed(listed: str) -> list[str]:
    """The names in what `systemctl list-units --failed --plain --no-legend` says. Pure."""
    return [line.split()[0] for line in listed.splitlines() if line.strip()]


def parse_memory(text: str) -> Space:
    """/proc/meminfo. Pure."""
    lines = (line.partition(":") for line in text.splitlines())
    kib = {name: _number(rest.split()[0]) for name, _, rest in lines if rest.split()}
    return Space(kib.get("MemTotal", 0) * 1024, kib.get("MemAvailable", 0) * 1024)


def _disk(path: str) -> Space:
    found = os.statvfs(path)
    total, free = found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize
    return Space(total, free, found.f_files, found.f_favail)


def is_in_memory(path: str, mounts: str) -> bool:
    """Whether the last that is mounted at a path, as /proc/self/mounts says, is a tmpfs. Pure."""
    types = [fields[2] for fields in map(str.split, mounts.splitlines()) if fields[1:2] == [path]]
    return types[-1:] == ["tmpfs"]


def _root_is_verified() -> bool:
    device = os.stat("/").st_dev
    uuid = _text(Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/dm/uuid"))
    return uuid.startswith("CRYPT-VERITY-")


def _peer_address() -> str:
    """The address by which etcd knows this box."""
    configured = _PEER_ADDRESS.search(_text(Path("/etc/k0s/k0s.yaml")))
    if configured:
        return configured.group(1)
    return next((each.partition("/")[0] for each in box_addresses()), "ADDRESS")


def _systemctl(*args: str) -> str:
    return _run(["systemctl", "--no-pager", *args])


def _run(argv: Sequence[str]) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")


def _json(body: bytes) -> Mapping[str, object]:
    try:
        return _mapping(json.loads(body))
    except ValueError:
        return {}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0
