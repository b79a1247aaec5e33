"""The join API of a controller on port 9443: gives certificate authorities to those with a controller token."""

import binascii

from k0s_standin.config.load import Settings
from k0s_standin.failure import Conflict
from k0s_standin.http import Request, Response, answer, plain
from k0s_standin.log import Log
from k0s_standin.members import add_learner
from k0s_standin.pki.authorities import CLUSTER_CA, ETCD_CA, SERVICE_ACCOUNTS, Pair, read_pair
from k0s_standin.store import Store
from k0s_standin.tokens import Tokens

USAGES = ("bootstrap-controller-join", "controller-join")


class JoinApi:
    """Answers `GET /v1beta1/ca` and `POST /v1beta1/etcd/members`."""

    def __init__(self, settings: Settings, pki: str, store: Store, tokens: Tokens, log: Log) -> None:
        self._settings = settings
        self._pki = pki
        self._store = store
        self._tokens = tokens
        self._log = log

    def answer(self, request: Request) -> Response:
        route = (request.method, request.path.rstrip("/"))
        is_ca = route == ("GET", "/v1beta1/ca") and self._settings.is_joinable
        is_member = route == ("POST", "/v1beta1/etcd/members") and self._settings.has_own_etcd
        if not is_ca and not is_member:
            return plain("404 page not found\n", 404)
        if self._tokens.find(request.bearer, USAGES) is None:
            self._log.warn(f"{request.method} {request.path}: refused, no valid controller token")
            return plain("Unauthorized", 401)
        return answer(self._ca()) if is_ca else self._join(request)

    def _ca(self) -> dict[str, object]:
        cluster, accounts = self._pair(CLUSTER_CA), self._pair(SERVICE_ACCOUNTS)
        return {"cert": cluster[0], "key": cluster[1], "saPub": accounts[0], "saKey": accounts[1]}

    def _join(self, request: Request) -> Response:
        """Not idempotent, like k0s's: a peer address that is a member already is refused."""
        body = request.object()
        node, address = str(body.get("node") or ""), str(body.get("peerAddress") or "")
        if not node or not address:
            return plain("node and peerAddress are required", 400)
        try:
            present = add_learner(self._store, node, address)
        except Conflict as error:
            self._log.error(f"failed to add etcd member {node} ({address}): {error}")
            return plain(f"{error}", 500)
        self._log.info(f"etcd member {node} ({address}) joined as a learner")
        certificate, key = self._pair(ETCD_CA)
        initial = [f"{each.name}={each.url}" for each in present]
        authority = {"cert": certificate, "key": key, "saKey": None, "saPub": None}
        return answer({"ca": authority, "initialCluster": initial})

    def _pair(self, pair: Pair) -> tuple[str, str]:
        public, private = read_pair(self._pki, pair) or (b"", b"")
        return _base64(public), _base64(private)


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()
