"""How a controller joins others: it fetches the certificate authorities, then lets itself be added to etcd."""

import binascii
from collections.abc import Callable
from typing import NamedTuple

from k0s_standin.background import Stop, pause
from k0s_standin.client import Server, Unreachable, call, server_of, trust
from k0s_standin.config.load import Settings
from k0s_standin.failure import Failure
from k0s_standin.http import Response
from k0s_standin.jointoken import read_join_token
from k0s_standin.log import Log
from k0s_standin.members import Member, joined
from k0s_standin.pki.authorities import CLUSTER_CA, ETCD_CA, SERVICE_ACCOUNTS, is_complete, place_pair
from k0s_standin.places import Places

TRIES, DELAY = 10, 10.0


class JoinClient(NamedTuple):
    """A controller of the cluster, and the token that it knows."""

    server: Server
    bearer: str


def join_client(token: str) -> JoinClient:
    """The client that a controller token describes; Failure for a token that is none."""
    config = read_join_token(token, "controller")
    try:
        return JoinClient(server_of(config.server, trust(config.authority)), config.token)
    except Unreachable as error:
        raise Failure(f"failed to create join client: {error}") from None


def fetch_authorities(client: JoinClient, places: Places, log: Log, stop: Stop) -> None:
    """Overwrites the cluster's authority and the service account keys by those of the cluster."""

    def fetch() -> dict[str, object]:
        response = call(client.server, "GET", "/v1beta1/ca", bearer=client.bearer)
        return _accepted(response, "unexpected response status when trying to fetch CA")

    found = _retried("failed to sync CA", fetch, log, stop)
    log.info("got valid CA response")
    place_pair(places.pki, CLUSTER_CA, _bytes(found, "cert"), _bytes(found, "key"))
    place_pair(places.pki, SERVICE_ACCOUNTS, _bytes(found, "saPub"), _bytes(found, "saKey"))


def join_etcd(client: JoinClient, settings: Settings, places: Places, log: Log, stop: Stop) -> None:
    """Becomes a member. From the answer until the member's file is there, a cut of power locks this controller out."""
    import json

    body = json.dumps({"node": settings.etcd_name, "peerAddress": settings.peer_address}).encode()

    def post() -> dict[str, object]:
        response = call(client.server, "POST", "/v1beta1/etcd/members", body, bearer=client.bearer)
        return _accepted(response, "unexpected response status when trying to join etcd cluster")

    log.info(f"joining etcd cluster as {settings.etcd_name} ({settings.peer_address})")
    found = _retried("failed to join etcd cluster", post, log, stop)
    if is_complete(places.pki, ETCD_CA):
        log.warn("etcd CA already exists, it is not overwritten by that of the cluster")
    else:
        authority = found.get("ca")
        pair = authority if isinstance(authority, dict) else {}
        place_pair(places.pki, ETCD_CA, _bytes(pair, "cert"), _bytes(pair, "key"))
    joined(places.member, _members(found.get("initialCluster")))
    log.info("joined etcd cluster")


def _retried(
    what: str, action: Callable[[], dict[str, object]], log: Log, stop: Stop
) -> dict[str, object]:
    """Tries as often as k0s does, then lets systemd start it again."""
    problem = ""
    for attempt in range(TRIES):
        if attempt:
            pause(stop, DELAY)
        try:
            return action()
        except (Unreachable, Failure) as error:
            problem = str(error)
            log.error(f"{what} (attempt {attempt + 1} of {TRIES}): {problem}")
    raise Failure(f"failed to join controller: {what}: {problem}")


def _accepted(response: Response, problem: str) -> dict[str, object]:
    if response.status != 200:
        raise Failure(f"{problem}: {response.line}{_reason(response)}")
    return response.object()


def _reason(response: Response) -> str:
    text = response.body.decode("utf-8", "replace").strip()
    return f" ({text})" if text and response.status == 500 else ""


def _bytes(found: dict[str, object], name: str) -> bytes:
    try:
        data = binascii.a2b_base64(str(found.get(name) or ""))
    except binascii.Error:
        data = b""
    if not data:
        raise Failure(f"failed to join controller: the answer of the cluster has no {name}")
    return data


def _members(initial: object) -> list[Member]:
    """`name=https://10.0.0.1:2380` of each member."""
    found: list[Member] = []
    for each in initial if isinstance(initial, list) else []:
        name, _, url = str(each).partition("=")
        address = url.removeprefix("https://").rpartition(":")[0].strip("[]")
        found.append(Member(name, address, "", is_learner=False))
    return found
