"""The API on port 6443: what of Kubernetes k0s's nodes, Kiln and its tests ask for."""

import binascii
import time
from collections.abc import Callable
from typing import NamedTuple

from k0s_standin.config.load import Settings
from k0s_standin.failure import Conflict
from k0s_standin.http import Request, Response, answer, plain
from k0s_standin.jointoken import secret_object
from k0s_standin.log import Log
from k0s_standin.members import Member, leave, members
from k0s_standin.nodes import new_node, node_object
from k0s_standin.pki.x509 import Authority, issue, read_request
from k0s_standin.store import NODES, SEEN, Store
from k0s_standin.tokens import Tokens
from k0s_standin.version import KUBERNETES, MINOR, NOTICE

OPEN = ("/readyz", "/livez", "/healthz", "/version")
MASTERS, NODE_GROUP, BOOTSTRAPPERS = "system:masters", "system:nodes", "system:bootstrappers"
ETCD_API = "etcd.k0sproject.io/v1beta1"
YEAR = 8760 * 3600.0


class User(NamedTuple):
    """Who asks."""

    name: str
    groups: tuple[str, ...]


class Denied(Exception):
    """The answer is an error of Kubernetes."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class KubeApi:
    """Answers requests of nodes and administrators."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        tokens: Tokens,
        authority: Authority,
        problem: Callable[[], str],
        log: Log,
    ) -> None:
        self._settings = settings
        self._store = store
        self._tokens = tokens
        self._authority = authority
        self._problem = problem
        self._log = log

    def answer(self, request: Request) -> Response:
        try:
            if request.path in OPEN:
                return self._open(request.path)
            user = self._user(request)
            problem = self._problem()
            if problem:
                raise Denied(503, "ServiceUnavailable", f"storage is not ready: {problem}")
            return self._route(request, user)
        except Denied as error:
            body = {
                "kind": "Status",
                "apiVersion": "v1",
                "metadata": {},
                "status": "Failure",
                "message": str(error),
                "reason": error.reason,
                "code": error.status,
            }
            return answer(body, error.status)

    def _open(self, path: str) -> Response:
        if path == "/version":
            major, minor = MINOR.split(".")
            return answer({"major": major, "minor": minor, "gitVersion": KUBERNETES, "buildDate": NOTICE})
        problem = self._problem()
        if problem and path != "/livez":
            return plain(f"[-]etcd failed: {problem}\n", 500)
        return plain("ok")

    def _user(self, request: Request) -> User:
        """The sender by certificate or token; a token that is wrong is refused, no token at all is nobody."""
        if request.bearer:
            secret = self._tokens.find(request.bearer, ("authentication",))
            if secret is None:
                self._log.warn(f"{request.method} {request.path}: refused, no valid worker token")
                raise Denied(401, "Unauthorized", "Unauthorized")
            return User(f"system:bootstrap:{secret.id}", (BOOTSTRAPPERS,))
        if request.subject is not None:
            return User(request.subject.name, request.subject.groups)
        return User("system:anonymous", ())

    def _route(self, request: Request, user: User) -> Response:
        parts = request.path.strip("/").split("/")
        match request.method, parts:
            case _, ["api", "v1", "nodes", *rest]:
                return self._nodes(request, user, rest)
            case "GET", ["api", "v1", "namespaces", "kube-system"]:
                self._allow(request, user, MASTERS)
                metadata = {"name": "kube-system", "uid": self._store.cluster}
                return answer({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
            case "GET", ["api", "v1", "namespaces", "kube-system", "configmaps", name]:
                self._allow(request, user, MASTERS, NODE_GROUP)
                return self._config_map(name)
            case "GET", ["api", "v1", "namespaces", "kube-system", "secrets"]:
                self._allow(request, user, MASTERS)
                return answer(_list("v1", "Secret", [secret_object(each) for each in self._tokens.all()]))
            case "POST", ["apis", "certificates.k8s.io", "v1", "certificatesigningrequests"]:
                self._allow(request, user, MASTERS, NODE_GROUP, BOOTSTRAPPERS)
                return self._sign(request)
            case _, ["apis", "etcd.k0sproject.io", "v1beta1", "etcdmembers", *rest]:
                self._allow(request, user, MASTERS)
                return self._etcd(request, rest)
        self._allow(request, user, MASTERS)
        raise Denied(404, "NotFound", f"the stand-in does not serve {request.method} {request.path}")

    def _allow(self, request: Request, user: User, *groups: str) -> None:
        if not set(groups) & set(user.groups):
            raise Denied(403, "Forbidden", f'User "{user.name}" cannot {request.method} path "{request.path}"')

    def _nodes(self, request: Request, user: User, rest: list[str]) -> Response:
        self._allow(request, user, MASTERS, NODE_GROUP)
        now = time.time()
        match request.method, rest:
            case "GET", []:
                found = sorted(self._store.records(NODES).items())
                return answer(_list("v1", "Node", [node_object(name, each, now) for name, each in found]))
            case "GET", [name]:
                return answer(self._node(name, now))
            case "POST", []:
                return self._register(request, user, now)
            case "PATCH", [name, "status"]:
                self._own(user, name)
                if not self._store.change(NODES, name, lambda old: {**old, SEEN: now}, is_lasting=False):
                    raise Denied(404, "NotFound", f'nodes "{name}" not found')
                return answer(self._node(name, now))
            case "DELETE", [name]:
                self._allow(request, user, MASTERS)
                node = self._node(name, now)
                self._store.remove(NODES, name, "deleted")
                return answer(node)
        raise Denied(405, "MethodNotAllowed", f"{request.method} is not for {request.path}")

    def _register(self, request: Request, user: User, now: float) -> Response:
        """Labels and taints act at the first registration only: a node that is known stays as it is."""
        name, record = new_node(request.object(), now)
        self._own(user, name)
        with self._store.transaction():
            if self._store.get(NODES, name) is not None:
                raise Denied(409, "AlreadyExists", f'nodes "{name}" already exists')
            self._store.put(NODES, name, record)
        self._log.info(f"node {name} registered")
        return answer(self._node(name, now), 201)

    def _node(self, name: str, now: float) -> dict[str, object]:
        record = self._store.get(NODES, name)
        if record is None:
            raise Denied(404, "NotFound", f'nodes "{name}" not found')
        return node_object(name, record, now)

    def _own(self, user: User, name: str) -> None:
        """A kubelet writes its own node only."""
        if MASTERS not in user.groups and user.name != f"system:node:{name}":
            raise Denied(403, "Forbidden", f'nodes "{name}" is forbidden: node "{user.name}" cannot modify it')

    def _config_map(self, name: str) -> Response:
        profile = name.removeprefix("worker-config-").removesuffix(f"-{MINOR}")
        known = {"default", "default-windows", *self._settings.profiles}
        if name != f"worker-config-{profile}-{MINOR}" or profile not in known:
            raise Denied(404, "NotFound", f'configmaps "{name}" not found')
        metadata = {"name": name, "namespace": "kube-system"}
        values = self._settings.profiles.get(profile, {})
        addresses = [f"{self._settings.address}:{self._settings.port}"]
        data = {"kubeletConfiguration": _json(values), "apiServerAddresses": _json(addresses)}
        return answer({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})

    def _sign(self, request: Request) -> Response:
        """Approved and signed at once: what kube-controller-manager does for kubelets within seconds."""
        body = request.object()
        spec = body.get("spec")
        text = spec.get("request") if isinstance(spec, dict) else None
        wanted = read_request(binascii.a2b_base64(str(text or "")))
        name, groups = wanted.subject
        if not name.startswith("system:node:") or groups != (NODE_GROUP,):
            raise Denied(403, "Forbidden", f"a kubelet's certificate cannot be for {name} {groups}")
        certificate = issue(self._authority, wanted.subject, wanted.public_key, YEAR)
        self._log.info(f"signed the client certificate of {name}")
        status = {"certificate": binascii.b2a_base64(certificate, newline=False).decode()}
        return answer({**body, "status": status}, 201)

    def _etcd(self, request: Request, rest: list[str]) -> Response:
        present = members(self._store) if self._settings.has_own_etcd else []
        match request.method, rest:
            case "GET", []:
                return answer(_list(ETCD_API, "EtcdMember", [_etcd_object(each) for each in present]))
            case method, [name]:
                found = next((each for each in present if each.name == name), None)
                if found is None:
                    raise Denied(404, "NotFound", f'etcdmembers.etcd.k0sproject.io "{name}" not found')
                if method == "GET":
                    return answer(_etcd_object(found))
                spec = request.object().get("spec") if method == "PATCH" else None
                if isinstance(spec, dict) and spec.get("leave") is True:
                    return self._leave(found)
        raise Denied(405, "MethodNotAllowed", f"{request.method} is not for {request.path}")

    def _leave(self, member: Member) -> Response:
        try:
            leave(self._store, member.address)
        except Conflict as error:
            raise Denied(500, "InternalError", str(error)) from None
        self._log.info(f"etcd member {member.name} ({member.address}) left")
        return answer({**_etcd_object(member), "spec": {"leave": True}})


def _etcd_object(member: Member) -> dict[str, object]:
    joined = {"type": "Joined", "status": "True"}
    return {
        "apiVersion": ETCD_API,
        "kind": "EtcdMember",
        "metadata": {"name": member.name},
        "spec": {"leave": False},
        "status": {"peerAddress": member.address, "memberID": member.id, "conditions": [joined]},
    }


def _list(version: str, kind: str, items: list[dict[str, object]]) -> dict[str, object]:
    return {"apiVersion": version, "kind": f"{kind}List", "metadata": {}, "items": items}


def _json(value: object) -> str:
    import json

    return json.dumps(value)
