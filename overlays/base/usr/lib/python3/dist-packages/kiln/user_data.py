"""
Looks at user-data as cloud-init will read it: whether it can be read at all, and what in it has no
effect on an immutable box.
"""

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kiln.cloud_config_keys import DISKS, DONE, IMMUTABLE, NOT_HERE
from kiln.problem import Problem, near
from kiln.seed_files import TOTAL_LIMIT
from kiln.strict_yaml import YamlProblem, load

if TYPE_CHECKING:
    from kiln.seed_check import Findings

_CLOUD_CONFIG = b"#cloud-config"
# What else cloud-init knows by its first line (cloudinit/handlers/__init__.py); nothing in it is YAML
# that could be checked here.
_OTHERS = (
    b"#!",
    b"#include",
    b"#include-once",
    b"#cloud-config-archive",
    b"#cloud-config-jsonp",
    b"#cloud-boothook",
    b"#part-handler",
    b"## template: jinja",
)
_UNKNOWN = (
    "cloud-init does not know what it is; the first line has to be #cloud-config, or #! and an interpreter"
)
_ZONES = Path("/usr/share/zoneinfo")
_GZIP = b"\x1f\x8b"
_WRITABLE = tuple("/dev/ /etc/ /home/ /mnt/ /opt/ /proc/ /root/ /run/ /srv/ /sys/ /tmp/ /var/".split())


def check_user_data(data: bytes, name: str, findings: "Findings") -> None:
    """Notes what is wrong with one file of user-data, which may be compressed or have several parts."""
    if data.startswith(_GZIP):
        unpacked = _unpacked(data)
        if unpacked is None:
            message = f"is compressed, and either damaged or larger than {TOTAL_LIMIT} bytes unpacked"
            findings.errors.append(Problem(name, message))
            return
        data = unpacked
    start = data.lstrip()
    if not start:
        return
    # As cloud-init tells them apart: the longest beginning that fits.
    if _is_mime(start):
        _check_parts(start, name, findings)
    elif start.startswith(_OTHERS):
        return
    elif start.startswith(_CLOUD_CONFIG):
        _check_cloud_config(data, name, findings)
    else:
        findings.errors.append(Problem(f"{name}:1", _UNKNOWN))


def _unpacked(data: bytes) -> bytes | None:
    try:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        found = unpacker.decompress(data, TOTAL_LIMIT)
    except zlib.error:
        return None
    return found if unpacker.eof else None


def _is_mime(start: bytes) -> bool:
    head = start[:4096].lower()
    return head.startswith((b"content-type:", b"mime-version:", b"from "))


def _check_parts(data: bytes, name: str, findings: "Findings") -> None:
    import email

    parts = [part for part in email.message_from_bytes(data).walk() if not part.is_multipart()]
    for number, part in enumerate(parts, 1):
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and part.get_content_type() == "text/cloud-config":
            _check_cloud_config(content, part.get_filename() or f"{name} part {number}", findings)


def _check_cloud_config(data: bytes, name: str, findings: "Findings") -> None:
    try:
        value = load(data, name)
    except YamlProblem as error:
        findings.errors.append(error.problem)
        return
    if value is None:
        return
    if not isinstance(value, Mapping):
        findings.errors.append(Problem(name, "has to be a map below #cloud-config, as in: hostname: box-1"))
        return
    for key in value:
        _check_key(str(key), name, findings)
    _check_users(value.get("users"), name, findings)
    _check_paths(value.get("write_files"), name, findings)
    _check_timezone(value.get("timezone"), name, findings)
    _check_authorities(value.get("ca_certs", value.get("ca-certs")), name, findings)


def _check_key(key: str, name: str, findings: "Findings") -> None:
    if key in DONE:
        return
    place = f"{name}: {key}"
    if key in IMMUTABLE:
        message = (
            "has no effect: the system is immutable, nothing can be installed on the box; add what you need "
            "to the image's `packages` and build it anew"
        )
    elif key in DISKS:
        message = "has no effect: Kiln lays out the disk, and /var is all that is kept"
    elif key in NOT_HERE:
        message = f"has no effect: {NOT_HERE[key]}"
    else:
        meant = near(key, DONE)
        hint = f'; did you mean "{meant[0]}"?' if meant else " that this image knows"
        message = f"is no key of cloud-config{hint}"
    findings.warnings.append(Problem(place, message))


def _check_users(users: object, name: str, findings: "Findings") -> None:
    for index, user in enumerate(users if isinstance(users, list) else []):
        if isinstance(user, Mapping) and user.get("sudo") and not Path("/usr/bin/sudo").exists():
            message = (
                "has no effect: there is no sudo in this image; give root a key in ssh_authorized_keys, or "
                "add the package sudo to the image"
            )
            findings.warnings.append(Problem(f"{name}: users[{index}].sudo", message))


def _check_paths(files: object, name: str, findings: "Findings") -> None:
    for index, file in enumerate(files if isinstance(files, list) else []):
        path = file.get("path") if isinstance(file, Mapping) else None
        if isinstance(path, str) and not path.startswith(_WRITABLE):
            # An error: cloud-init would leave out this file and all that come after it.
            message = f"{path} cannot be written: only /etc, /var, /run and what leads there can"
            findings.errors.append(Problem(f"{name}: write_files[{index}].path", message))


def _check_timezone(zone: object, name: str, findings: "Findings", zones: Path = _ZONES) -> None:
    if zone is not None and not (isinstance(zone, str) and (zones / zone.lstrip("/")).is_file()):
        message = "is no time zone; take a name as in Europe/Vienna, or leave it out for UTC"
        findings.errors.append(Problem(f"{name}: timezone", message))


def _check_authorities(authorities: object, name: str, findings: "Findings") -> None:
    if not isinstance(authorities, Mapping):
        return
    if authorities.get("remove_defaults"):
        message = "is not possible: the authorities of the image stay; build an image without them"
        findings.errors.append(Problem(f"{name}: ca_certs.remove_defaults", message))
    trusted = authorities.get("trusted")
    for index, text in enumerate(trusted if isinstance(trusted, list) else [trusted] if trusted else []):
        if not (isinstance(text, str) and _is_certificate(text)):
            # One that cannot be read makes all others useless to some programs.
            message = "is no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
            findings.errors.append(Problem(f"{name}: ca_certs.trusted[{index}]", message))


def _is_certificate(text: str) -> bool:
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        return False
    return True
