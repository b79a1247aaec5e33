"""`k0s version`"""

import json
import sys

from k0s_standin.flags import Flag, Parsed, boolean
from k0s_standin.version import KUBERNETES, NOTICE, VERSION

FLAGS = (Flag("all", boolean, False, "a"), Flag("json", boolean, False, "j"))


def run(parsed: Parsed) -> int:
    """Prints the contract's version; that nothing else is k0s goes to stderr."""
    print(f"{NOTICE}: the version is the contract's", file=sys.stderr)
    if parsed.values["json"]:
        print(json.dumps({"k0s": VERSION, "kubernetes": KUBERNETES}))
    elif parsed.values["all"]:
        print(f"k0s: {VERSION}\nkubernetes: {KUBERNETES}")
    else:
        print(VERSION)
    return 0
