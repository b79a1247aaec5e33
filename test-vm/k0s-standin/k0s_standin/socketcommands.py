"""What other k0s commands on the box let the running controller do, through its status socket."""

from k0s_standin.config.load import Settings
from k0s_standin.failure import Failure
from k0s_standin.files import read
from k0s_standin.jointoken import Secret, join_token, make_secret
from k0s_standin.log import Log
from k0s_standin.members import leave, members
from k0s_standin.places import Places
from k0s_standin.status import Command
from k0s_standin.store import Store
from k0s_standin.tokens import Tokens

MEMBERS, LEAVE = "/stand-in/etcd/members", "/stand-in/etcd/leave"
CREATE, LIST, INVALIDATE = "/stand-in/token/create", "/stand-in/token/list", "/stand-in/token/invalidate"


def commands_of(
    settings: Settings, places: Places, store: Store, tokens: Tokens, log: Log, *, is_single: bool
) -> dict[str, Command]:
    """The commands of a controller, by their path."""

    def need_etcd() -> None:
        if not settings.has_own_etcd:
            raise Failure("etcd is not managed by k0s on this controller")

    def list_members(_: dict[str, object]) -> object:
        need_etcd()
        return {"members": {each.name: each.url for each in members(store)}}

    def leave_etcd(body: dict[str, object]) -> object:
        need_etcd()
        member = leave(store, str(body.get("peerAddress") or settings.peer_address))
        log.named("etcd").info(f"etcd member {member.name} ({member.address}) left")
        return {"name": member.name, "peerID": member.id}

    def create_token(body: dict[str, object]) -> object:
        if is_single or not settings.is_joinable:
            raise Failure("refusing to create token: cannot join into a single node cluster")
        role, valid = str(body["role"]), body["expiry"]
        secret = make_secret(role, float(valid) if isinstance(valid, int | float) else 0.0)
        tokens.create(secret)
        port = settings.port if role == "worker" else settings.join_port
        return {"token": join_token(role, settings.public_url(port), read(f"{places.pki}/ca.crt"), secret)}

    def list_tokens(body: dict[str, object]) -> object:
        return {"tokens": [_shown(each) for each in tokens.all() if body.get("role") in (None, "", each.role)]}

    def invalidate_token(body: dict[str, object]) -> object:
        tokens.invalidate(str(body["id"]))
        return {}

    return {
        MEMBERS: list_members,
        LEAVE: leave_etcd,
        CREATE: create_token,
        LIST: list_tokens,
        INVALIDATE: invalidate_token,
    }


def _shown(secret: Secret) -> dict[str, str]:
    return {"id": secret.id, "role": secret.role, "expires": secret.expiration}
