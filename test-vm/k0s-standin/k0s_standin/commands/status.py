"""`k0s status` and `k0s status components`"""

import json

from k0s_standin.commands.asking import get
from k0s_standin.flags import Flag, Parsed, number, one_of
from k0s_standin.flagsets import COMMON, places_from

STATUS = (*COMMON, Flag("out", one_of("", "json", "yaml"), "", "o"))
COMPONENTS = (*COMMON, Flag("max-count", number, 1))


def status(parsed: Parsed) -> int:
    """Prints what the running k0s says about itself; fails when none runs."""
    found = get(places_from(parsed).status_socket, "/status")
    match parsed.values["out"]:
        case "json":
            print(json.dumps(found, indent=3))
        case "yaml":
            from k0s_standin.strict_yaml import dump

            print(dump(found), end="")
        case _:
            print(_text(found))
    return 0


def components(parsed: Parsed) -> int:
    count = parsed.values["max-count"]
    print(json.dumps(get(places_from(parsed).status_socket, f"/components?maxCount={count}")))
    return 0


def _text(found: dict[str, object]) -> str:
    lines = [
        f"Version: {found['Version']}",
        f"Process ID: {found['Pid']}",
        f"Role: {found['Role']}",
        f"Workloads: {str(found['Workloads']).lower()}",
        f"SingleNode: {str(found['SingleNode']).lower()}",
    ]
    connection = found["WorkerToAPIConnectionStatus"]
    if found["Workloads"] and isinstance(connection, dict):
        lines.append(f"Kube-api probing successful: {str(connection['Success']).lower()}")
        lines.append(f"Kube-api probing last error: {connection['Message']}")
    return "\n".join(lines)
