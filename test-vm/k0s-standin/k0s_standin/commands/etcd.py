"""`k0s etcd member-list` and `k0s etcd leave`"""

import json

from k0s_standin.commands.asking import post
from k0s_standin.flags import Flag, Parsed, one_of, text
from k0s_standin.flagsets import COMMON, CONFIGURED, places_from
from k0s_standin.socketcommands import LEAVE as LEAVE_PATH
from k0s_standin.socketcommands import MEMBERS as MEMBERS_PATH

FLAGS = (*COMMON, *CONFIGURED, Flag("out", one_of("json",), "json", "o"))
LEAVE = (*COMMON, *CONFIGURED, Flag("peer-address", text, ""))


def member_list(parsed: Parsed) -> int:
    print(json.dumps(post(places_from(parsed).status_socket, MEMBERS_PATH, {})))
    return 0


def leave(parsed: Parsed) -> int:
    """Removes a member: this controller's own, or the one with the peer address that is named."""
    body = {"peerAddress": parsed.values["peer-address"]}
    left = post(places_from(parsed).status_socket, LEAVE_PATH, body)
    print(f"Successfully deleted {left['name']} (peerID {left['peerID']})")
    return 0
