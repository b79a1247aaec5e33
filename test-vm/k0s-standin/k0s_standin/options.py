"""The flags of `k0s controller` and `k0s worker`, and what they mean."""

import os
from typing import NamedTuple

from k0s_standin.failure import Failure
from k0s_standin.files import read
from k0s_standin.flags import Flag, Parsed, boolean, duration, number, one_of, pairs, text, words
from k0s_standin.flagsets import COMMON, CONFIGURED, places_from
from k0s_standin.kubelet import Kubelet, Labels, Taints
from k0s_standin.places import Places

COMPONENTS = (
    *("applier-manager", "autopilot", "control-api", "coredns", "csr-approver", "endpoint-reconciler", "helm"),
    *("konnectivity-server", "kube-controller-manager", "kube-proxy", "kube-scheduler", "metrics-server"),
    *("network-provider", "node-role", "system-rbac", "update-prober", "windows-node"),
)
DEPRECATED = ("worker-config",)
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
CONTROL_PLANE_LABELS: Labels = (("node.k0sproject.io/role", "control-plane"), (CONTROL_PLANE, "true"))
TOKEN_VARIABLE = "K0S_TOKEN"

WORKER = (
    *COMMON,
    Flag("token-file", text, ""),
    Flag("profile", text, "default"),
    Flag("labels", pairs, ()),
    Flag("taints", words, ()),
    Flag("kubelet-extra-args", text, ""),
    Flag("kubelet-root-dir", text, ""),
    Flag("cri-socket", text, ""),
    Flag("iptables-mode", one_of("nft", "legacy", "auto"), "auto"),
    Flag("ignore-pre-flight-checks", boolean, False),
    Flag("enable-cloud-provider", boolean, False),
    Flag("logging", pairs, (), "l"),
)
CONTROLLER = (
    *CONFIGURED,
    *WORKER,
    Flag("enable-worker", boolean, False),
    Flag("single", boolean, False),
    Flag("no-taints", boolean, False),
    Flag("disable-components", words, ()),
    Flag("enable-dynamic-config", boolean, False),
    Flag("enable-metrics-scraper", boolean, False),
    Flag("enable-k0s-cloud-provider", boolean, False),
    Flag("k0s-cloud-provider-port", number, 10258),
    Flag("k0s-cloud-provider-update-frequency", duration, 120.0),
    Flag("kube-controller-manager-extra-args", text, ""),
    Flag("init-only", boolean, False),
    Flag("feature-gates", pairs, ()),
    Flag("api-server-stop-timeout", duration, 0.0),
)
LOGGING = (
    *("containerd", "etcd", "konnectivity-server", "kube-apiserver", "kube-controller-manager"),
    *("kube-scheduler", "kubelet"),
)


class Token(NamedTuple):
    """Where the join token is; it is read only when it is needed."""

    argument: str
    file: str

    @property
    def is_given(self) -> bool:
        return bool(self.argument or self.file or os.environ.get(TOKEN_VARIABLE))

    def read(self) -> str:
        """The token, or nothing when there is no source of one; Failure when its file has none."""
        given = self.argument or os.environ.get(TOKEN_VARIABLE)
        if given or not self.file:
            return given or ""
        try:
            data = read(self.file)
        except FileNotFoundError:
            raise Failure(_no_token(self.file, "not found")) from None
        except OSError as error:
            raise Failure(f"failed to read token file: {error}") from None
        if not data:
            raise Failure(_no_token(self.file, "is empty"))
        return data.decode("utf-8", "replace")


class WorkerOptions(NamedTuple):
    """`k0s worker`, or the worker part of a controller."""

    places: Places
    token: Token
    kubelet: Kubelet
    is_preflight_ignored: bool
    is_verbose: bool


class ControllerOptions(NamedTuple):
    """`k0s controller`."""

    worker: WorkerOptions
    config: str
    is_config_named: bool
    is_single: bool
    has_worker: bool
    disabled: tuple[str, ...]
    is_init_only: bool

    @property
    def places(self) -> Places:
        return self.worker.places

    @property
    def has_konnectivity(self) -> bool:
        return not self.is_single and "konnectivity-server" not in self.disabled


def worker_options(parsed: Parsed) -> WorkerOptions:
    """The options of a worker; Failure for values that k0s would refuse."""
    values = parsed.values
    argument = parsed.arguments[0] if parsed.arguments else ""
    token = Token(argument, str(values["token-file"]))
    if sum(map(bool, (*token, os.environ.get(TOKEN_VARIABLE)))) > 1:
        raise Failure(
            "you can only pass one token source: either as a CLI argument, via '--token-file [path]', "
            f"or via the {TOKEN_VARIABLE} environment variable"
        )
    socket = str(values["cri-socket"])
    if socket and socket.partition(":")[0] not in ("remote", "docker"):
        raise Failure(f'invalid CRI socket "{socket}": expected remote:<socket>')
    for component, _ in values["logging"]:
        if component not in LOGGING:
            raise Failure(f'invalid argument for "-l, --logging" flag: unknown component {component}')
    places = places_from(parsed)
    arguments = _arguments(values["kubelet-extra-args"])
    kubelet = Kubelet(places, str(values["profile"]), values["labels"], _taints(values["taints"]), arguments)
    is_verbose = bool(values["debug"] or values["verbose"])
    return WorkerOptions(places, token, kubelet, bool(values["ignore-pre-flight-checks"]), is_verbose)


def controller_options(parsed: Parsed) -> ControllerOptions:
    """The options of a controller; Failure for values that k0s would refuse."""
    values = parsed.values
    disabled = tuple(values["disable-components"])
    for name in disabled:
        if name not in COMPONENTS + DEPRECATED:
            raise Failure(f"unknown component {name}")
    worker = worker_options(parsed)
    is_single = bool(values["single"])
    has_worker = is_single or bool(values["enable-worker"])
    if has_worker:
        is_tainted = not is_single and not values["no-taints"]
        taints = worker.kubelet.taints + (((CONTROL_PLANE, "", "NoSchedule"),) if is_tainted else ())
        labels = worker.kubelet.labels + CONTROL_PLANE_LABELS
        worker = worker._replace(kubelet=worker.kubelet._replace(labels=labels, taints=taints))
    return ControllerOptions(
        worker=worker,
        config=str(values["config"]),
        is_config_named="config" in parsed.given,
        is_single=is_single,
        has_worker=has_worker,
        disabled=disabled,
        is_init_only=bool(values["init-only"]),
    )


def _taints(given: tuple[str, ...]) -> Taints:
    found: list[tuple[str, str, str]] = []
    for each in given:
        pair, _, effect = each.rpartition(":")
        key, _, value = pair.partition("=")
        if not key or effect not in EFFECTS:
            raise Failure(f"invalid taint {each}: must be key[=value]:{'|'.join(EFFECTS)}")
        found.append((key, value, effect))
    return tuple(found)


def _arguments(given: object) -> dict[str, str]:
    """`--a=b --c` as the kubelet gets them."""
    found: dict[str, str] = {}
    for word in str(given).split():
        if not word.startswith("--"):
            raise Failure(f"invalid argument in --kubelet-extra-args: {word} must start with --")
        name, _, value = word.partition("=")
        found[name] = value
    port = found.get("--healthz-port", "")
    if port and not port.isdecimal():
        raise Failure(f"invalid argument in --kubelet-extra-args: --healthz-port={port}")
    return found


def _no_token(file: str, problem: str) -> str:
    return (
        f'token file "{file}" {problem}: obtain a new token via "k0s token create ..." and store it in the file '
        'or reinstall this node via "k0s install --force ..." or "k0sctl apply --force ..."'
    )
