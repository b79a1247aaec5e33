"""
A module of cloud-init, behind all that is done once in the life of an instance: says that it has been
done, to the end. Without this a cut of power makes the next boot start it again (see kiln.cloud_init).
"""

import os
from pathlib import Path
from typing import Any

from cloudinit.cloud import Cloud
from cloudinit.settings import PER_ALWAYS
from kiln.cloud_init import DONE
from kiln.files import write_atomic

meta = {"id": "cc_kiln_once", "distros": ["all"], "frequency": PER_ALWAYS, "activate_by_schema_keys": []}


def handle(name: str, cfg: dict[str, Any], cloud: Cloud, args: list[Any]) -> None:
    """What was done has to be on disk before it is said."""
    marker = Path(cloud.get_ipath_cur("sem")) / DONE
    if marker.exists():
        return
    os.sync()
    write_atomic(marker, b"")
