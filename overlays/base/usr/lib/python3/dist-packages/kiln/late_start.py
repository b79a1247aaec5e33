"""
Starts cloud-init's first stages in the middle of a boot, when a seed has come over the network: what they
do before the network is up, as it ought to be, they do on a network that is down again.
"""

from pathlib import Path

from kiln.system import run

_NETWORKD = ("systemd-networkd.socket", "systemd-networkd.service")
_WAIT_ONLINE = "systemd-networkd-wait-online.service"


def start(*, has_network: bool) -> None:
    """Runs the local and the network stage; with `has_network` the seed says what the network is."""
    local = ("systemctl", "start", "cloud-init-main.service", "cloud-init-local.service")
    if has_network:
        # Cards get other names and other addresses than DHCP gave them.
        run("systemctl", "stop", *_NETWORKD)
        for card in cards():
            run("ip", "address", "flush", "dev", card)
            run("ip", "link", "set", card, "down")
        run(*local)
        run("systemctl", "start", *_NETWORKD)
        run("systemctl", "start", _WAIT_ONLINE)
    else:
        run(*local)
    run("systemctl", "start", "cloud-init-network.service")


def cards(net: Path = Path("/sys/class/net")) -> list[str]:
    """The box's own network cards: interfaces that are devices, not made by software."""
    return sorted(entry.name for entry in net.iterdir() if (entry / "device").exists())
