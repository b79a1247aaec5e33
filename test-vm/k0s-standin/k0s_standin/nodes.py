"""Nodes: how the store keeps them, and how the API shows them."""

from typing import NamedTuple

from k0s_standin.store import SEEN, Record
from k0s_standin.version import KUBERNETES, NOTICE

# A node of which nothing was heard for so long is not ready (node-monitor-grace-period).
GRACE = 50.0


class NodeDescription(NamedTuple):
    """What a kubelet says about itself when it registers."""

    name: str
    address: str
    labels: tuple[tuple[str, str], ...]
    taints: tuple[tuple[str, str, str], ...]


def registration(node: NodeDescription) -> dict[str, object]:
    """The Node that a kubelet posts."""
    import os

    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    known = {"kubernetes.io/hostname": node.name, "kubernetes.io/arch": machine, "kubernetes.io/os": "linux"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node.name, "labels": known | dict(node.labels)},
        "spec": {"taints": [{"key": key, "value": value, "effect": effect} for key, value, effect in node.taints]},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": node.address},
                {"type": "Hostname", "address": node.name},
            ],
            "nodeInfo": {"kubeletVersion": KUBERNETES, "osImage": _os_name(), "kernelVersion": os.uname().release},
        },
    }


def new_node(body: dict[str, object], now: float) -> tuple[str, Record]:
    """Name and record of a Node that is posted; ValueError for what is none."""
    metadata = body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not name:
        raise ValueError("the node has no name")
    return name, {
        "labels": metadata.get("labels") or {},
        "spec": body.get("spec") or {},
        "status": body.get("status") or {},
        "created": now,
        SEEN: now,
    }


def node_object(name: str, record: Record, now: float) -> dict[str, object]:
    """The Node as the API shows it."""
    seen = record.get(SEEN)
    is_ready = isinstance(seen, float) and now - seen < GRACE
    ready = {
        "type": "Ready",
        "status": "True" if is_ready else "Unknown",
        "reason": "KubeletReady" if is_ready else "NodeStatusUnknown",
        "message": f"{NOTICE} is posting ready status" if is_ready else "Kubelet stopped posting node status.",
    }
    status = record.get("status")
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": record.get("labels")},
        "spec": record.get("spec"),
        "status": {**(status if isinstance(status, dict) else {}), "conditions": [ready]},
    }


def _os_name() -> str:
    try:
        with open("/etc/os-release", encoding="utf-8") as file:
            lines = dict(line.strip().split("=", 1) for line in file if "=" in line)
        return lines.get("PRETTY_NAME", "Linux").strip('"')
    except OSError:
        return "Linux"
