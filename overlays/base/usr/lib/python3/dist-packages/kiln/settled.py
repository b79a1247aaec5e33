"""Waits until the disks that are about to come have come."""

import time

from kiln.disks import fingerprint
from kiln.media import call, wait_for_slow_ones

# What a stick needs, from its plug to its disk.
_STICK_SECONDS = 10.0


def settled(seconds: float) -> object:
    """What is there, once nothing has come or gone for a while."""
    wait_for_slow_ones(_STICK_SECONDS)
    now, since = fingerprint(), time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(0.5)
        later = fingerprint()
        if later != now:
            now, since = later, time.monotonic()
    try:
        call(["udevadm", "settle", "--timeout=60"], 70)
    except OSError:
        pass
    return now
