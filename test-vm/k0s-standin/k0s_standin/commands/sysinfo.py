"""`k0s sysinfo`"""

import json

from k0s_standin.flags import Flag, Parsed, boolean, one_of, text
from k0s_standin.places import DATA
from k0s_standin.preflight import REJECTED, findings

FLAGS = (
    Flag("controller", boolean, True),
    Flag("worker", boolean, True),
    Flag("data-dir", text, DATA),
    Flag("out", one_of("text", "json", "yaml"), "text", "o"),
)


def run(parsed: Parsed) -> int:
    """Prints every check; the exit code is 1 when one rejects the host."""
    values = parsed.values
    found = list(
        findings(
            has_controller=bool(values["controller"]),
            has_worker=bool(values["worker"]),
            data=str(values["data-dir"]),
        )
    )
    rows = [{"displayName": each.name, "prop": each.value, "category": each.verdict} for each in found]
    match values["out"]:
        case "json":
            print(json.dumps(rows, indent=3))
        case "yaml":
            from k0s_standin.strict_yaml import dump

            print(dump(rows), end="")
        case _:
            for each in found:
                print(f"{each.name}: {each.value} ({each.verdict})")
    return 1 if any(each.verdict == REJECTED for each in found) else 0
