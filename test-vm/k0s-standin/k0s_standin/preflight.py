"""What k0s checks of its host before it starts, and in `k0s sysinfo`."""

import os
from collections.abc import Iterator
from typing import NamedTuple

from k0s_standin.addresses import is_ip
from k0s_standin.failure import Failure
from k0s_standin.log import Log

PASS, WARNING, REJECTED = "pass", "warning", "rejected"

CGROUP = "/sys/fs/cgroup"
CONTROLLERS = ("cpu", "cpuset", "memory", "pids")
BASE_CONFIG = ("NET", "INET")
WORKER_CONFIG = (
    *("CGROUPS", "CGROUP_SCHED", "FAIR_GROUP_SCHED", "NAMESPACES", "UTS_NS", "IPC_NS", "PID_NS", "NET_NS"),
    *BASE_CONFIG,
    *("NETFILTER", "NF_CONNTRACK", "NETFILTER_XTABLES", "NETFILTER_XT_TARGET_REDIRECT"),
    *("NETFILTER_XT_MATCH_COMMENT", "EXT4_FS", "PROC_FS"),
)
CONFIG_FILES = (
    "/proc/config.gz",
    "/boot/config-{0}",
    "/usr/src/linux-{0}/.config",
    "/usr/src/linux/.config",
    "/usr/lib/modules/{0}/config",
    "/usr/lib/ostree-boot/config-{0}",
    "/usr/lib/kernel/config-{0}",
    "/usr/src/linux-headers-{0}/.config",
    "/lib/modules/{0}/build/.config",
)
OLD_CONTAINERD = ("version = 2", "io.containerd.grpc.v1.cri")
MEBI = 1 << 20


class Finding(NamedTuple):
    """One thing that was looked at."""

    name: str
    value: str
    verdict: str


def require(role: str, *, has_controller: bool, has_worker: bool, data: str, is_ignored: bool, log: Log) -> None:
    """The checks at start; Failure when one rejects the host and that is not ignored."""
    found = findings(has_controller=has_controller, has_worker=has_worker, data=data)
    bad = [each for each in found if each.verdict != PASS]
    for each in bad:
        log.warn(f"pre-flight check: {each.name}: {each.value} ({each.verdict})")
    rejected = [f"{each.name}: {each.value}" for each in bad if each.verdict == REJECTED]
    if rejected and not is_ignored:
        raise Failure(f"pre-flight checks of the {role} failed: " + "; ".join(rejected))


def findings(*, has_controller: bool, has_worker: bool, data: str) -> Iterator[Finding]:
    """Everything that is looked at, in k0s's order."""
    yield Finding("Operating system", os.uname().sysname, PASS)
    yield _memory(has_controller=has_controller, has_worker=has_worker)
    yield _disk(data, has_controller=has_controller, has_worker=has_worker)
    yield _writable(data)
    yield _localhost()
    if has_worker:
        yield from _cgroups()
        yield from _programs()
        yield from _containerd()
    yield from _kernel(WORKER_CONFIG if has_worker else BASE_CONFIG)


def _memory(*, has_controller: bool, has_worker: bool) -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    least = (1024 if has_controller else 0) + (500 if has_worker else 0)
    return Finding("Total memory", f"{total // MEBI} MiB", PASS if total >= least * MEBI else WARNING)


def _disk(data: str, *, has_controller: bool, has_worker: bool) -> Finding:
    status = os.statvfs(_existing(data))
    free = status.f_bavail * status.f_frsize
    least = (500 if has_controller else 0) + (1300 if has_worker else 0)
    verdict = PASS if free >= least * MEBI else WARNING
    return Finding(f"Disk space available for {data}", f"{free // MEBI} MiB", verdict)


def _writable(data: str) -> Finding:
    """k0s sets the mode of its data directory at each start, which fails where nothing can be written."""
    is_writable = os.access(_existing(data), os.W_OK)
    name = f"Data directory {data}"
    return Finding(name, "writable", PASS) if is_writable else Finding(name, "read-only", REJECTED)


def _existing(path: str) -> str:
    """The nearest directory that exists."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def _localhost() -> Finding:
    """k0s is a static program: it asks /etc/hosts, then the name servers, and knows nothing of NSS."""
    for line in _lines("/etc/hosts"):
        address, *names = line.split("#")[0].split() or [""]
        if "localhost" in names and is_ip(address):
            return Finding("Name resolution: localhost", address, PASS)
    resolvers = [line.split()[1] for line in _lines("/etc/resolv.conf") if line.startswith("nameserver ")]
    if any(each in ("127.0.0.53", "127.0.0.54") for each in resolvers):
        return Finding("Name resolution: localhost", "by systemd-resolved", PASS)
    return Finding("Name resolution: localhost", "lookup localhost: no such host", REJECTED)


def _cgroups() -> Iterator[Finding]:
    present = " ".join(_lines(f"{CGROUP}/cgroup.controllers")).split()
    if not present:
        yield Finding("Cgroups", "version 2 is not mounted at /sys/fs/cgroup", REJECTED)
        return
    yield Finding("Cgroups", "version 2", PASS)
    for name in CONTROLLERS:
        title = f"Cgroup controller {name}"
        yield Finding(title, "available", PASS) if name in present else Finding(title, "missing", REJECTED)


def _programs() -> Iterator[Finding]:
    for name in ("modprobe", "mount", "umount"):
        places = [f"{each}/{name}" for each in os.get_exec_path() if os.access(f"{each}/{name}", os.X_OK)]
        path = places[0] if places else ""
        yield Finding(f"Executable in PATH: {name}", path or "not found", PASS if path else WARNING)


def _containerd() -> Iterator[Finding]:
    directory = "/etc/k0s/containerd.d"
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
        text = "\n".join(_lines(f"{directory}/{name}")) if name.endswith(".toml") else ""
        old = next((each for each in OLD_CONTAINERD if each in text), None)
        if old is not None:
            yield Finding(f"containerd config {name}", f"is not of version 3: {old}", REJECTED)


def _kernel(wanted: tuple[str, ...]) -> Iterator[Finding]:
    release = os.uname().release
    file = next((path for path in (each.format(release) for each in CONFIG_FILES) if os.path.exists(path)), None)
    if file is None:
        yield Finding("Linux kernel config", f"there is none of {release}", WARNING)
        return
    present = _config_of(file)
    for name in wanted:
        value = present.get(f"CONFIG_{name}", "")
        is_there = value in ("y", "m")
        yield Finding(f"CONFIG_{name}", value or "not set", PASS if is_there else REJECTED)


def _config_of(file: str) -> dict[str, str]:
    with open(file, "rb") as handle:
        data = handle.read()
    if file.endswith(".gz"):
        import zlib

        data = zlib.decompress(data, 31)
    pairs = (line.split("=", 1) for line in data.decode().splitlines() if line.startswith("CONFIG_"))
    return {key: value for key, value in pairs}


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []
