"""Parts of requests that tests put together: a site with its CA, and tokens for it."""

import base64
import gzip
import json
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"


def pem(name: str) -> str:
    """A fixture's text."""
    return (FIXTURES / name).read_text()


def token(user: str, url: str, ca: str = "ca.crt", secret: str = "abcdef.0123456789abcdef") -> str:
    """A join token as k0s makes it."""
    authority = base64.b64encode(pem(ca).encode()).decode()
    return packed(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": "k0s", "cluster": {"server": url, "certificate-authority-data": authority}}
            ],
            "contexts": [{"name": "k0s", "context": {"cluster": "k0s", "user": user}}],
            "current-context": "k0s",
            "users": [{"name": user, "user": {"token": secret}}],
        }
    )


def packed(kubeconfig: object) -> str:
    """Anything in the wrapping of a token."""
    return base64.b64encode(gzip.compress(json.dumps(kubeconfig).encode())).decode()


WORKER_TOKEN = token("kubelet-bootstrap", "https://10.0.0.10:6443")
CONTROLLER_TOKEN = token("controller-bootstrap", "https://10.0.0.10:9443")


def config(**spec: object) -> dict[str, object]:
    """A ClusterConfig of a box at 10.0.0.11, with more or other parts of its spec."""
    parts = {"api": {"address": "10.0.0.11"}, "storage": {"etcd": {"peerAddress": "10.0.0.11"}}}
    return {
        "apiVersion": "k0s.k0sproject.io/v1beta1",
        "kind": "ClusterConfig",
        "metadata": {"name": "k0s"},
        "spec": {**parts, **spec},
    }


SITE_PKI = {
    "ca.crt": pem("ca.crt"),
    "ca.key": pem("ca.key"),
    "front-proxy-ca.crt": pem("front-proxy-ca.crt"),
    "front-proxy-ca.key": pem("front-proxy-ca.key"),
    "etcd/ca.crt": pem("etcd-ca.crt"),
    "etcd/ca.key": pem("etcd-ca.key"),
    "sa.key": pem("sa.key"),
    "sa.pub": pem("sa.pub"),
}

FIRST = {"role": "controller", "bootstrap": True, "config": config(), "pki": SITE_PKI}
OTHER = {"role": "controller", "token": CONTROLLER_TOKEN, "config": config()}
WORKER = {"role": "worker", "token": WORKER_TOKEN}
SINGLE = {"role": "single"}


def client_kubeconfig() -> dict[str, object]:
    """What `k0s kubeconfig create` prints."""
    user = {
        "client-certificate-data": base64.b64encode(pem("server.crt").encode()).decode(),
        "client-key-data": base64.b64encode(pem("server.key").encode()).decode(),
    }
    return {"apiVersion": "v1", "kind": "Config", "users": [{"name": "kiln-guard", "user": user}]}
