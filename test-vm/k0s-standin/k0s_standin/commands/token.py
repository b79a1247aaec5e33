"""`k0s token pre-shared`, `create`, `list` and `invalidate`"""

from k0s_standin.commands.asking import post
from k0s_standin.failure import Failure
from k0s_standin.flags import Flag, Parsed, boolean, duration, one_of, text
from k0s_standin.flagsets import COMMON as COMMON_FLAGS
from k0s_standin.flagsets import CONFIGURED, places_from
from k0s_standin.socketcommands import CREATE as CREATE_PATH
from k0s_standin.socketcommands import INVALIDATE as INVALIDATE_PATH
from k0s_standin.socketcommands import LIST as LIST_PATH

ROLE = Flag("role", one_of("worker", "controller"), "worker")
COMMON = (*COMMON_FLAGS, *CONFIGURED)
PRE_SHARED = (
    *COMMON_FLAGS,
    Flag("cert", text, ""),
    Flag("url", text, ""),
    ROLE,
    Flag("out", text, "."),
    Flag("valid", duration, 0.0),
)
CREATE = (*COMMON, Flag("expiry", duration, 0.0), ROLE, Flag("wait", boolean, False))
LIST = (*COMMON, Flag("role", one_of("", "worker", "controller"), ""))


def pre_shared(parsed: Parsed) -> int:
    """Writes a Secret and the token for it; needs no cluster, only its certificate."""
    from k0s_standin.files import read, write_quickly
    from k0s_standin.jointoken import join_token, make_secret, secret_object
    from k0s_standin.strict_yaml import dump

    values = parsed.values
    for name in ("cert", "url"):
        if not values[name]:
            raise Failure(f"please, provide --{name} argument")
    try:
        authority = read(str(values["cert"]))
        secret = make_secret(str(values["role"]), float(str(values["valid"])))
        token = join_token(str(values["role"]), str(values["url"]), authority, secret)
        out = str(values["out"])
        manifest = dump(secret_object(secret)).encode()
        write_quickly(f"{out}/bootstrap-token-{secret.id}.yaml", manifest, 0o640)
        write_quickly(f"{out}/token_{secret.id}.{secret.secret}", token.encode(), 0o640)
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}") from None
    return 0


def create(parsed: Parsed) -> int:
    body = {"role": parsed.values["role"], "expiry": parsed.values["expiry"]}
    print(_wait_for(parsed, CREATE_PATH, body)["token"])
    return 0


def list_tokens(parsed: Parsed) -> int:
    tokens = post(places_from(parsed).status_socket, LIST_PATH, {"role": parsed.values["role"]})["tokens"]
    if not tokens:
        print("No k0s join tokens found")
        return 0
    print(f"{'ID':<10}{'ROLE':<13}EXPIRES AT")
    for each in tokens if isinstance(tokens, list) else []:
        print(f"{each['id']:<10}{each['role']:<13}{each['expires'] or 'never'}")
    return 0


def invalidate(parsed: Parsed) -> int:
    if not parsed.arguments:
        raise Failure("invalidate requires at least one token ID to invalidate")
    for each in parsed.arguments:
        token_id = each.split(".")[0]
        post(places_from(parsed).status_socket, INVALIDATE_PATH, {"id": token_id})
        print(f"token {token_id} deleted successfully")
    return 0


def _wait_for(parsed: Parsed, path: str, body: dict[str, object]) -> dict[str, object]:
    """Asks once, or with --wait until k0s is up."""
    import time

    socket = places_from(parsed).status_socket
    while True:
        try:
            return post(socket, path, body)
        except Failure as error:
            if not parsed.values["wait"] or "dial unix" not in str(error):
                raise
            time.sleep(1)
