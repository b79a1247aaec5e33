"""
Prepares a disk image as the installer prepares a disk, for a test that then calls systemd-repart: reads
{"disk", "sector", "definitions", "drop-ins", "root", "tree", "version", "hash", "var"} from the standard input, writes
the drop-ins, makes room, and prints what was decided and how systemd-repart is to be called.
"""

import json
import os
import sys
from pathlib import Path

from kiln.disk_contents import EDGE_BYTES, contents_of
from kiln.disk_key import DiskWish
from kiln.disks import Disk
from kiln.gpt import TableError, read_table, without
from kiln.install_key import Wish
from kiln.install_layout import Image, drop_ins, needed_bytes, repart_args, slots_of
from kiln.install_state import step_for


def main() -> None:
    wanted = json.load(sys.stdin)
    definitions = {path.name: path.read_text() for path in Path(wanted["definitions"]).glob("*.conf")}
    image = Image(wanted["version"], wanted["hash"], wanted["root"], wanted["tree"])
    for name, text in drop_ins(image).items():
        path = Path(wanted["drop-ins"], name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    slots = slots_of(definitions)
    with open(wanted["disk"], "r+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)

        def read(at: int, length: int) -> bytes:
            return os.pread(file.fileno(), length, at)

        try:
            table = read_table(read, wanted["sector"])
        except TableError:
            table = None
        found = {"PTTYPE": "gpt"} if table else None
        contents = contents_of(Disk("disk", size, wanted["sector"]), found, read(0, EDGE_BYTES), table)
        step, reason = step_for(contents, Wish(DiskWish(word="only"), var=wanted["var"]), slots)
        if step and step.kind == "keep" and table:
            for at, data in without(table, set(step.removed)):
                os.pwrite(file.fileno(), data, at)
        elif step and step.kind == "anew":
            for at in (0, size - EDGE_BYTES):
                os.pwrite(file.fileno(), bytes(EDGE_BYTES), at)
    call = repart_args(
        wanted["disk"],
        drop_ins_at=wanted["drop-ins"],
        keeps=step is not None and step.kind == "keep",
        definitions=wanted["definitions"],
    )
    result = {"has": contents.text, "step": step.kind if step else reason, "needed": needed_bytes(slots), "call": call}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
