"""Kubeconfigs: how clients find the API and show who they are."""

import binascii
from typing import NamedTuple

from k0s_standin.failure import Failure


class Access(NamedTuple):
    """An API server, its certificate authority, and a client's certificate and key in PEM, or its token."""

    server: str
    authority: bytes
    certificate: bytes = b""
    key: bytes = b""
    token: str = ""


class Kubeconfig(NamedTuple):
    """The current context of a kubeconfig: `user` is a name, `identity` a file with certificate and key."""

    server: str
    authority: bytes
    user: str
    token: str
    identity: str


def kubeconfig(cluster: str, context: str, user: str, access: Access) -> str:
    """The text of a kubeconfig with one context."""
    if access.token:
        who = f"    token: {access.token}\n"
    else:
        who = (
            f"    client-certificate-data: {_base64(access.certificate)}\n"
            f"    client-key-data: {_base64(access.key)}\n"
        )
    return _text(cluster, context, user, access, who)


def kubelet_config(access: Access, identity: str) -> str:
    """The kubeconfig of a kubelet: its certificate is in a file that is replaced when it is renewed."""
    who = f"    client-certificate: {identity}\n    client-key: {identity}\n"
    return _text("default-cluster", "default-context", "default-auth", access, who)


def read_kubeconfig(data: bytes, name: str) -> Kubeconfig:
    """The current context; Failure for what is no kubeconfig."""
    from k0s_standin.strict_yaml import load

    document = load(data, name)
    if not isinstance(document, dict) or document.get("kind") != "Config":
        raise Failure(f"{name} is no kubeconfig")
    context = _named(document, "contexts", str(document.get("current-context")), "context", name)
    cluster = _named(document, "clusters", str(context.get("cluster")), "cluster", name)
    user_name = str(context.get("user"))
    user = _named(document, "users", user_name, "user", name)
    server = cluster.get("server")
    if not isinstance(server, str) or not server.startswith("https://"):
        raise Failure(f"{name}: the cluster has no https server")
    try:
        authority = binascii.a2b_base64(str(cluster.get("certificate-authority-data") or ""))
    except binascii.Error as error:
        raise Failure(f"{name}: certificate-authority-data: {error}") from None
    return Kubeconfig(
        server, authority, user_name, str(user.get("token") or ""), str(user.get("client-certificate") or "")
    )


def _named(document: dict[str, object], kind: str, wanted: str, field: str, name: str) -> dict[str, object]:
    entries = document.get(kind)
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and entry.get("name") == wanted and isinstance(entry.get(field), dict):
            return entry[field]
    raise Failure(f'{name}: there is no "{wanted}" in {kind}')


def _text(cluster: str, context: str, user: str, access: Access, who: str) -> str:
    return (
        "apiVersion: v1\n"
        "clusters:\n"
        "- cluster:\n"
        f"    certificate-authority-data: {_base64(access.authority)}\n"
        f"    server: {access.server}\n"
        f"  name: {cluster}\n"
        "contexts:\n"
        "- context:\n"
        f"    cluster: {cluster}\n"
        f"    user: {user}\n"
        f"  name: {context}\n"
        f"current-context: {context}\n"
        "kind: Config\n"
        "users:\n"
        f"- name: {user}\n"
        "  user:\n"
        f"{who}"
    )


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()
