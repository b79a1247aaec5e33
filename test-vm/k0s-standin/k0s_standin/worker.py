"""`k0s worker`: nothing runs, and no status socket is there, until the API was reached."""

import os
import sys

from k0s_standin import preflight
from k0s_standin.background import Stop, Stopped
from k0s_standin.client import Unreachable, server_of, trust
from k0s_standin.failure import Failure
from k0s_standin.files import make_directory, read, read_if_present
from k0s_standin.flags import Parsed
from k0s_standin.jointoken import read_join_token
from k0s_standin.kubeconfig import Kubeconfig, read_kubeconfig
from k0s_standin.kubelet import Credentials, bootstrap, start
from k0s_standin.log import Log
from k0s_standin.options import WORKER, WorkerOptions, worker_options
from k0s_standin.places import Places
from k0s_standin.runtime import Runtime
from k0s_standin.status import Health, Role, StatusSocket

FLAGS = WORKER

CONTAINERD_CONFIG = "/etc/k0s/containerd.toml"
MANAGED = b"# k0s_managed=true"


def run(parsed: Parsed) -> int:
    options = worker_options(parsed)
    log = Log("worker", options.is_verbose)
    stop = Stop()
    places = options.places
    preflight.require(
        "worker",
        **{"has_controller": False, "has_worker": True, "data": places.data},
        is_ignored=options.is_preflight_ignored,
        log=log,
    )
    make_worker_directories(places)
    runtime = Runtime(places)
    runtime.acquire()
    try:
        runtime.describe(None)
        if not os.path.exists(places.kubelet_conf):
            bootstrap(options.kubelet, _credentials(options), log, stop)
        warn_of_containerd(log)
        health = Health()
        start(options.kubelet, log.named("kubelet"), stop, health)
        role = Role("worker", has_worker=True, is_single=False)
        StatusSocket(role, places, None, health.get, {}, sys.orig_argv).start(log.named("status"))
        log.info("worker is running")
        stop.wait()
    except Stopped:
        pass
    finally:
        runtime.release()
    log.info("Shutting down k0s worker")
    return 0


def make_worker_directories(places: Places) -> None:
    """What a node that runs pods has below its data directory."""
    make_directory(places.data, 0o755)
    for name in ("bin", "images", "containerd"):
        make_directory(f"{places.data}/{name}", 0o755)
    make_directory(places.kubelet_root, 0o755)


def warn_of_containerd(log: Log) -> None:
    """k0s writes containerd's configuration unless there is one of the user's; the stand-in only says if it could."""
    text = read_if_present(CONTAINERD_CONFIG)
    if text is not None and not text.startswith(MANAGED):
        return
    if not os.access(os.path.dirname(CONTAINERD_CONFIG), os.W_OK):
        log.warn(f"k0s would fail here: it cannot write {CONTAINERD_CONFIG}")


def _credentials(options: WorkerOptions) -> Credentials:
    config = _bootstrap_config(options)
    try:
        server = server_of(config.server, trust(config.authority))
    except Unreachable as error:
        raise Failure(f"failed to parse kubelet bootstrap kubeconfig: {error}") from None
    return Credentials(server, config.authority, config.token)


def _bootstrap_config(options: WorkerOptions) -> Kubeconfig:
    """kubelet-bootstrap.conf is before the token."""
    place = options.places.kubelet_bootstrap_conf
    if os.path.exists(place):
        return read_kubeconfig(read(place), place)
    token = options.token.read()
    if not token:
        raise Failure(
            "neither regular nor bootstrap kubelet kubeconfig files exist and no join token given; "
            "dunno how to make kubelet authenticate to API server"
        )
    return read_join_token(token, "worker")
