"""`k0s kubectl get nodes`: as the administrator whose kubeconfig is on this controller."""

import json

from k0s_standin.client import Server, Unreachable, call, server_of, trust
from k0s_standin.failure import Failure
from k0s_standin.files import read
from k0s_standin.flags import Flag, Parsed, one_of
from k0s_standin.flagsets import COMMON, places_from
from k0s_standin.kubeconfig import read_kubeconfig
from k0s_standin.places import Places

FLAGS = (*COMMON, Flag("output", one_of("json", "name"), "", "o"))
NODES = ("nodes", "node", "no")


def get(parsed: Parsed) -> int:
    """Prints all nodes, or the one that is named."""
    kind, *names = parsed.arguments or ("",)
    if kind not in NODES or len(names) > 1:
        raise Failure("the stand-in's kubectl knows `get nodes` and `get node NAME` alone")
    output = parsed.values["output"]
    if not output:
        raise Failure("the stand-in's kubectl makes no tables: add --output=json or --output=name")
    found = _ask(places_from(parsed), f"/api/v1/nodes{''.join(f'/{name}' for name in names)}")
    if output == "json":
        print(json.dumps(found, indent=4))
        return 0
    for node in found.get("items", [found]):
        print(f"node/{node['metadata']['name']}")
    return 0


def _ask(places: Places, path: str) -> dict[str, object]:
    try:
        response = call(_server(places), "GET", path)
    except Unreachable as error:
        raise Failure(f"Unable to connect to the server: {error}") from None
    found = response.object()
    if response.status == 200:
        return found
    raise Failure(f"Error from server ({found.get('reason')}): {found.get('message')}")


def _server(places: Places) -> Server:
    try:
        config = read_kubeconfig(read(places.admin_conf), places.admin_conf)
    except FileNotFoundError:
        raise Failure(f"stat {places.admin_conf}: no such file or directory") from None
    identity = f"{places.pki}/admin"
    return server_of(config.server, trust(config.authority, f"{identity}.crt", f"{identity}.key"))
