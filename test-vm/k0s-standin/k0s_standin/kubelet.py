"""The worker's side: gets a certificate, registers the node, says that it is alive."""

import binascii
import json
import os
from typing import NamedTuple

from k0s_standin.addresses import first_public_address
from k0s_standin.background import Stop, every, pause
from k0s_standin.client import Server, Unreachable, call, server_of, trust
from k0s_standin.failure import Failure
from k0s_standin.files import make_directory, read, write_atomic
from k0s_standin.http import Request, Response, open_port, plain, serve
from k0s_standin.kubeconfig import Access, kubelet_config, read_kubeconfig
from k0s_standin.log import Log
from k0s_standin.nodes import NodeDescription, registration
from k0s_standin.pki.ec import make_key
from k0s_standin.pki.x509 import Name, make_request
from k0s_standin.places import Places
from k0s_standin.status import ApiConnection, Health
from k0s_standin.version import MINOR

CSR_PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
HEALTHZ_PORT = 10248
BEAT = 10.0
BOOTSTRAP_TRIES = 10
PROFILE_TRIES, PROFILE_DELAY = 24, 10.0

Labels = tuple[tuple[str, str], ...]
Taints = tuple[tuple[str, str, str], ...]


class Kubelet(NamedTuple):
    """What the command line says about this node."""

    places: Places
    profile: str
    labels: Labels
    taints: Taints
    arguments: dict[str, str]

    @property
    def node_name(self) -> str:
        """The host's name in lower case, or another by the kubelet's own flag."""
        return (self.arguments.get("--hostname-override") or os.uname().nodename).strip().lower()

    @property
    def healthz_port(self) -> int:
        return int(self.arguments.get("--healthz-port") or HEALTHZ_PORT)

    def description(self) -> NodeDescription:
        address = (self.arguments.get("--node-ip") or first_public_address()).split(",")[0]
        return NodeDescription(self.node_name, address, self.labels, self.taints)


class Credentials(NamedTuple):
    """How a kubelet without a certificate of its own asks for one."""

    server: Server
    authority: bytes
    bearer: str


def bootstrap(kubelet: Kubelet, credentials: Credentials, log: Log, stop: Stop) -> None:
    """Gets the client certificate and writes kubelet.conf; ten tries with growing delays, as k0s."""
    name = kubelet.node_name
    log.info(f"Bootstrapping kubelet client configuration using {name} as node name")
    problem = ""
    for attempt in range(BOOTSTRAP_TRIES):
        if attempt:
            pause(stop, 2.0 ** (attempt - 1))
        try:
            certificate, key = _request_certificate(name, credentials)
        except (Unreachable, Failure) as error:
            problem = str(error)
            tries = f"attempt {attempt + 1} of {BOOTSTRAP_TRIES}"
            log.error(f"failed to bootstrap kubelet client configuration ({tries}): {problem}")
            continue
        places = kubelet.places
        make_directory(os.path.dirname(places.kubelet_certificate), 0o755)
        write_atomic(places.kubelet_certificate, certificate + key, 0o600)
        access = Access(credentials.server.url, credentials.authority)
        write_atomic(places.kubelet_conf, kubelet_config(access, places.kubelet_certificate).encode(), 0o600)
        log.info("Successfully bootstrapped kubelet client configuration")
        return
    raise Failure(f"failed to bootstrap kubelet client configuration: {problem}")


def start(kubelet: Kubelet, log: Log, stop: Stop, health: Health) -> None:
    """Loads the worker profile, registers the node and begins to report; `health` says how the API is reached."""
    server = api_of(kubelet.places)
    _load_profile(server, kubelet.profile, log, stop)
    _register(kubelet, server, log, stop)
    health.set(ApiConnection(is_up=True))
    serve(open_port("127.0.0.1", kubelet.healthz_port), _healthz, log)
    every(BEAT, lambda: _beat(kubelet.node_name, server, health, log), log)
    log.info(f"kubelet of node {kubelet.node_name} is up")


def api_of(places: Places) -> Server:
    """The API that kubelet.conf names."""
    config = read_kubeconfig(read(places.kubelet_conf), places.kubelet_conf)
    try:
        return server_of(config.server, trust(config.authority, config.identity))
    except Unreachable as error:
        raise Failure(f"{places.kubelet_conf}: {error}") from None


def _request_certificate(name: str, credentials: Credentials) -> tuple[bytes, bytes]:
    key = make_key()
    request = make_request(Name(f"system:node:{name}", ("system:nodes",)), key)
    body = {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"generateName": "node-csr-"},
        "spec": {
            "request": binascii.b2a_base64(request, newline=False).decode(),
            "signerName": "kubernetes.io/kube-apiserver-client-kubelet",
            "usages": ["key encipherment", "digital signature", "client auth"],
        },
    }
    response = call(credentials.server, "POST", CSR_PATH, json.dumps(body).encode(), bearer=credentials.bearer)
    if response.status != 201:
        raise Failure(f"cannot create certificate signing request: {_message(response)}")
    status = response.object().get("status")
    certificate = status.get("certificate") if isinstance(status, dict) else None
    if not certificate:
        raise Failure("certificate signing request is not approved")
    return binascii.a2b_base64(str(certificate)), key.pem()


def _load_profile(server: Server, profile: str, log: Log, stop: Stop) -> None:
    """Waits for the profile's ConfigMap for four minutes: without it no kubelet starts."""
    name = f"worker-config-{profile}-{MINOR}"
    problem = ""
    for attempt in range(PROFILE_TRIES):
        if attempt:
            pause(stop, PROFILE_DELAY)
        try:
            response = call(server, "GET", f"/api/v1/namespaces/kube-system/configmaps/{name}")
            if response.status == 200:
                return
            problem = _message(response)
        except Unreachable as error:
            problem = str(error)
        log.error(f'failed to load worker profile "{profile}" (attempt {attempt + 1} of {PROFILE_TRIES}): {problem}')
    raise Failure(f'failed to load configuration for worker profile "{profile}": {problem}')


def _register(kubelet: Kubelet, server: Server, log: Log, stop: Stop) -> None:
    """Tries until it succeeds, as a kubelet does; a node that is known already is as good."""
    body = json.dumps(registration(kubelet.description())).encode()
    while True:
        try:
            response = call(server, "POST", "/api/v1/nodes", body)
            if response.status in (201, 409):
                is_new = response.status == 201
                log.info("Successfully registered node" if is_new else "Node was previously registered")
                return
            problem = _message(response)
        except Unreachable as error:
            problem = str(error)
        log.error(f"Unable to register node {kubelet.node_name} with API server: {problem}")
        pause(stop, BEAT)


def _beat(name: str, server: Server, health: Health, log: Log) -> None:
    before = health.get()
    try:
        response = call(server, "PATCH", f"/api/v1/nodes/{name}/status", b"{}", kind="application/merge-patch+json")
        now = ApiConnection(response.status == 200, "" if response.status == 200 else _message(response))
    except Unreachable as error:
        now = ApiConnection(is_up=False, message=str(error))
    health.set(now)
    if now != before:
        if now.is_up:
            log.info("the API answers")
        else:
            log.error(f"error updating node status: {now.message}")


def _healthz(request: Request) -> Response:
    return plain("ok") if request.path == "/healthz" else plain("404 page not found\n", 404)


def _message(response: Response) -> str:
    return str(response.object().get("message") or response.line)
