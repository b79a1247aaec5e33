"""What the kernel's command line or the firmware says about a seed: `ds=nocloud;s=http://…/`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_SHORT = {"h": "local-hostname", "i": "instance-id", "s": "seedfrom"}
# The firmware's fields by the names that cloud-init has for them (cloudinit/dmi.py).
_FIRMWARE = {
    "baseboard-asset-tag": "board_asset_tag",
    "baseboard-manufacturer": "board_vendor",
    "baseboard-product-name": "board_name",
    "baseboard-serial-number": "board_serial",
    "baseboard-version": "board_version",
    "bios-release-date": "bios_date",
    "bios-vendor": "bios_vendor",
    "bios-version": "bios_version",
    "chassis-asset-tag": "chassis_asset_tag",
    "chassis-manufacturer": "chassis_vendor",
    "chassis-serial-number": "chassis_serial",
    "chassis-version": "chassis_version",
    "system-manufacturer": "sys_vendor",
    "system-product-name": "product_name",
    "system-serial-number": "product_serial",
    "system-uuid": "product_uuid",
    "system-version": "product_version",
}
_VARIABLE = re.compile(r"__dmi\.([a-z-]+)__")
_SECRETS = re.compile(r"(?<=://)[^/@]*@|(?<=\?).*")


@dataclass(frozen=True)
class Hint:
    """Where a seed is, and metadata that comes before its own."""

    address: str | None = None
    """With the slash at the end, or with %s in the place of a file's name; any scheme."""

    overrides: Mapping[str, str] = field(default_factory=dict)
    is_nocloud: bool = False
    """Whether `ds=nocloud` is said at all: then the box is in no cloud."""


def read_hint(proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> Hint:
    """The command line's hint, else that of the firmware's serial number (SMBIOS type 1)."""

    def firmware(name: str) -> str:
        return _text(sys / "class/dmi/id" / name)

    for line in (_text(proc / "cmdline"), firmware("product_serial")):
        hint = parse_hint(line, firmware)
        if hint.is_nocloud:
            return hint
    return Hint()


def parse_hint(line: str, firmware: Callable[[str], str]) -> Hint:
    """The last `ds=nocloud…` of a line, as cloud-init reads it. Pure but for `firmware`."""
    words = [word.strip("\"'") for word in line.split()]
    found = [word for word in words if re.match(r"ds=nocloud(-net)?(;|$)", word)]
    if not found:
        return Hint()
    pairs: dict[str, str] = {}
    for part in found[-1].split(";")[1:]:
        key, _, value = part.partition("=")
        if key and value:
            pairs[_SHORT.get(key, key)] = value
    address = pairs.pop("seedfrom", None)
    pairs.pop("dsmode", None)
    return Hint(_complete(address, firmware) if address else None, pairs, is_nocloud=True)


def shown(address: str) -> str:
    """An address without the parts that may be secret."""
    return _SECRETS.sub("", address)


def file_address(address: str, name: str) -> str:
    """The address of one file of the seed."""
    return address.replace("%s", name) if "%s" in address else address + name


def _complete(address: str, firmware: Callable[[str], str]) -> str:
    def value(match: re.Match[str]) -> str:
        from urllib.parse import quote

        field = _FIRMWARE.get(match.group(1))
        return quote(firmware(field)) if field else match.group()

    whole = _VARIABLE.sub(value, address)
    return whole if "%s" in whole or "?" in whole or whole.endswith("/") else f"{whole}/"


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace").strip()
    except OSError:
        return ""
