"""
What has to be so when cloud-init starts: it reads the seed that Kiln chose and no other, makes /etc
anew from it, and does again nothing that is done once in the life of an instance.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from kiln.files import write_atomic
from kiln.remembered import Record
from kiln.seed_files import CONFIG_DRIVE, LAYOUTS

RUN = Path("/run/kiln")
# cloud-init's units want this file (10-kiln.conf in their drop-ins).
SWITCH = "cloud-init"
# The seed that is in use: a link, or, when it may not be remembered, a directory in memory.
IN_USE = RUN / "seed"

_CLOUD = Path("/var/lib/cloud")
_LOG = Path("/var/log/cloud-init.log")
_OUTPUT = Path("/var/log/cloud-init-output.log")
_DROP_IN = Path("/etc/cloud/cloud.cfg.d/90-kiln-seed.cfg")
_CLOUDS = ("Ec2", "GCE", "Azure", "OpenStack", "VMware")

# Semaphores that are kept: what they stand for is done once, however often /etc is made anew. All other
# modules find a new instance on each boot.
ONCE = (
    "config_phone_home",
    "config_power_state_change",
    "config_scripts_per_instance",
    "config_scripts_user",
    "config_scripts_vendor",
)
_ONCE_PREFIXES = ("bootper.", "config_scripts_per_once.")
# Written by cc_kiln_once when all of that has come to its end.
DONE = "kiln_once"


def clear(cloud: Path = _CLOUD) -> None:
    """
    Takes away what cloud-init keeps from boot to boot, but for what it did once and for all. Of an
    instance whose scripts a cut of power has stopped nothing is kept: they run again, from the start.
    """
    if not cloud.is_dir():
        return
    for entry in cloud.iterdir():
        if entry.name == "sem":
            _keep(entry, _is_once)
        elif entry.name == "instances" and not entry.is_symlink():
            for instance in entry.iterdir():
                _clear_instance(instance)
        else:
            _remove(entry)


def _clear_instance(instance: Path) -> None:
    if not (instance / "sem" / DONE).exists():
        _remove(instance)
        return
    for entry in instance.iterdir():
        if entry.name == "sem":
            _keep(entry, _is_once)
        else:
            _remove(entry)


def _is_once(name: str) -> bool:
    return name in ONCE or name == DONE or name.startswith(_ONCE_PREFIXES)


def _keep(directory: Path, is_kept: Callable[[str], bool]) -> None:
    for entry in directory.iterdir():
        if not is_kept(entry.name):
            _remove(entry)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def rotate_logs() -> None:
    """cloud-init writes hundreds of kilobytes a boot: those of this boot and of the one before are kept."""
    for log in (_LOG, _OUTPUT):
        try:
            os.replace(log, log.with_name(f"{log.name}.1"))
        except FileNotFoundError:
            continue


def point_at(record: Record, seed: Path) -> None:
    """Makes a seed the one in use, and the only thing that cloud-init looks at."""
    if IN_USE != seed:
        IN_USE.unlink(missing_ok=True)
        IN_USE.symlink_to(seed)
    kind = record.kind
    if kind == CONFIG_DRIVE:
        place = _CLOUD / "seed/config_drive"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(IN_USE)
        settings: dict[str, object] = {}
    else:
        # The address of a seed on the command line or in the firmware gives way to this one.
        settings = {"seedfrom": f"{IN_USE}/", "fs_label": None}
    configuration: dict[str, object] = {"datasource_list": [kind], "datasource": {kind: settings}}
    if LAYOUTS[kind].network not in record.files:
        # Every wired card asks DHCP already; cloud-init would single out one of them.
        configuration["network"] = {"config": "disabled"}
    _configure(configuration)


def point_at_clouds() -> str | None:
    """Lets cloud-init's ds-identify look for a cloud; returns its name if there is one."""
    from kiln.media import call

    # In one line: ds-identify reads it without a parser.
    _configure({"datasource_list": list(_CLOUDS)})
    try:
        code, _, _ = call(["/usr/lib/cloud-init/ds-identify"], 60)
        if code == 0:
            return _first_source((Path("/run/cloud-init/cloud.cfg")).read_text())
    except OSError:
        pass
    _DROP_IN.unlink(missing_ok=True)
    return None


def _first_source(text: str) -> str | None:
    """The name in `datasource_list: [ Ec2, None ]`."""
    _, found, rest = text.partition("datasource_list: [")
    return rest.partition("]")[0].partition(",")[0].strip() or None if found else None


def switch(on: bool) -> None:
    """Lets cloud-init's units run, or not; `cloud-init status` knows it by the same files as ever."""
    known = Path("/run/cloud-init")
    known.mkdir(mode=0o755, parents=True, exist_ok=True)
    (known / ("disabled" if on else "enabled")).unlink(missing_ok=True)
    (known / ("enabled" if on else "disabled")).touch()
    if on:
        (RUN / SWITCH).touch()
    else:
        (RUN / SWITCH).unlink(missing_ok=True)


def _configure(settings: dict[str, object]) -> None:
    _DROP_IN.parent.mkdir(parents=True, exist_ok=True)
    lines = (f"{key}: {json.dumps(value)}\n" for key, value in settings.items())
    write_atomic(_DROP_IN, f"# Made by Kiln on each boot.\n{''.join(lines)}".encode(), 0o644)
