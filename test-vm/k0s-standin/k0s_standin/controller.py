"""`k0s controller`: joins or bootstraps, makes its certificates, serves the APIs, and is a worker too when asked to."""

import os
import ssl
import sys
from typing import NamedTuple

from k0s_standin import preflight
from k0s_standin.background import Stop, Stopped, every
from k0s_standin.client import server_of, trust
from k0s_standin.config.load import Settings, load_settings
from k0s_standin.files import make_directory, read
from k0s_standin.flags import Parsed
from k0s_standin.http import Handler, open_port, serve
from k0s_standin.joinapi import JoinApi
from k0s_standin.joinclient import fetch_authorities, join_client, join_etcd
from k0s_standin.kubeapi import KubeApi
from k0s_standin.log import Log
from k0s_standin.members import bootstrap, new_id
from k0s_standin.options import CONTROLLER, ControllerOptions, controller_options
from k0s_standin.peers import Peers
from k0s_standin.pki.authorities import (
    CLUSTER,
    CLUSTER_CA,
    ETCD,
    ensure_pairs,
    is_complete,
    load_authority,
    make_directories,
)
from k0s_standin.pki.leaves import issue_leaves
from k0s_standin.places import Places
from k0s_standin.runtime import Runtime
from k0s_standin.socketcommands import commands_of
from k0s_standin.status import ApiConnection, Health, Role, StatusSocket
from k0s_standin.store import Store
from k0s_standin.tokens import Manifests, Tokens
from k0s_standin.virtual_address import PERIOD, Sharer, virtual_addresses
from k0s_standin.worker import make_worker_directories, warn_of_containerd

FLAGS = CONTROLLER

SCAN = 5.0


class Control(NamedTuple):
    """What a running controller consists of."""

    store: Store
    tokens: Tokens
    peers: Peers | None

    def problem(self) -> str:
        """Why the API cannot answer; nothing when it can."""
        return self.peers.problem if self.peers else ""

    def leads(self) -> bool:
        """Whether this controller is the one that answers for all; alone with its storage it is."""
        return self.peers.leads if self.peers else True


def run(parsed: Parsed) -> int:
    options = controller_options(parsed)
    places = options.places
    log = Log("controller", options.worker.is_verbose)
    stop = Stop()
    settings = load_settings(
        options.config,
        options.is_config_named,
        places.data,
        is_single=options.is_single,
        has_worker=options.has_worker,
    )
    preflight.require(
        "controller",
        **{"has_controller": True, "has_worker": options.has_worker, "data": places.data},
        is_ignored=options.worker.is_preflight_ignored,
        log=log,
    )
    _make_directories(options, settings)
    runtime = Runtime(places)
    runtime.acquire()
    try:
        runtime.describe(settings)
        _start(options, settings, log, stop)
    except Stopped:
        pass
    finally:
        runtime.release()
    log.info("Shutting down k0s controller")
    return 0


def _start(options: ControllerOptions, settings: Settings, log: Log, stop: Stop) -> None:
    """From an empty or a used data directory to a running controller, and on until the program is stopped."""
    places = options.places
    _join(options, settings, log, stop)
    pairs = CLUSTER + (ETCD if settings.has_own_etcd and not options.is_init_only else ())
    ensure_pairs(places.pki, pairs, settings, log)
    has_etcd = settings.has_own_etcd and not options.is_init_only
    issue_leaves(
        places.pki, settings, log, has_konnectivity=options.has_konnectivity, has_etcd=has_etcd
    )
    if options.is_init_only:
        log.info("initialized, as --init-only asks")
        return
    control = _open(settings, places, log)
    health = Health()
    _start_apis(options, settings, control, log)
    sharer = _share_address(settings, control, log)
    role = Role("controller", has_worker=options.has_worker, is_single=options.is_single)
    commands = commands_of(settings, places, control.store, control.tokens, log, is_single=options.is_single)
    StatusSocket(role, places, dict(settings.document), health.get, commands, sys.orig_argv).start(log.named("status"))
    log.info(f"controller is running: cluster {control.store.cluster or 'not heard from yet'}")
    if options.has_worker:
        _start_worker(options, settings, health, log, stop)
    stop.wait()
    sharer.release()


def _join(options: ControllerOptions, settings: Settings, log: Log, stop: Stop) -> None:
    """Joins when the state says that this controller is not part of a cluster yet and a token is configured.

    Without a token it is the first one. A configured token that is missing is an error, which makes systemd try again.
    """
    places = options.places
    needs_to_join = (
        not os.path.exists(places.member) if settings.has_own_etcd else not is_complete(places.pki, CLUSTER_CA)
    )
    if not needs_to_join or not options.worker.token.is_given:
        return
    client = join_client(options.worker.token.read())
    fetch_authorities(client, places, log, stop)
    if settings.has_own_etcd:
        join_etcd(client, settings, places, log, stop)


def _make_directories(options: ControllerOptions, settings: Settings) -> None:
    places = options.places
    make_directory(places.data, 0o755)
    make_directory(places.run, 0o755)
    for name in ("bin", "manifests", "images"):
        make_directory(f"{places.data}/{name}", 0o755)
    make_directories(places.pki, has_etcd=settings.has_own_etcd)
    if settings.has_own_etcd:
        make_directory(places.etcd, 0o700)
    if settings.storage == "kine":
        make_directory(os.path.dirname(places.kine), 0o750)
    if options.has_worker:
        make_worker_directories(places)


def _open(settings: Settings, places: Places, log: Log) -> Control:
    """The storage, and the tokens in it."""
    peers = None
    if settings.has_own_etcd:
        store = _open_etcd(settings, places, log)
        peers = Peers(store, settings.peer_address, places.pki, log.named("etcd"))
        peers.start()
    else:
        path = places.kine if settings.storage == "kine" else f"{places.data}/stand-in/external-etcd.json"
        if not settings.data_source.startswith("sqlite:") or settings.external_etcd:
            log.warn(f"storage elsewhere is not reached by the stand-in: its state is in {path}, of this box only")
        store = Store.load(path) if os.path.exists(path) else Store(path, new_id())
        store.save()
    tokens = Tokens(store, Manifests(places.manifests, log.named("applier-manager")))
    every(SCAN, tokens.share_manifests, log.named("applier-manager"))
    return Control(store, tokens, peers)


def _open_etcd(settings: Settings, places: Places, log: Log) -> Store:
    if os.path.exists(places.member):
        return Store.load(places.member)
    log.info(f"starting a new etcd cluster with {settings.etcd_name} ({settings.peer_address}) as its only member")
    return bootstrap(places.member, settings.etcd_name, settings.peer_address)


def _start_apis(options: ControllerOptions, settings: Settings, control: Control, log: Log) -> None:
    pki = options.places.pki
    kube = KubeApi(
        settings,
        control.store,
        control.tokens,
        load_authority(pki, CLUSTER_CA),
        control.problem,
        log.named("kube-apiserver"),
    )
    _serve(settings, settings.port, f"{pki}/server", kube.answer, log.named("kube-apiserver"), clients=f"{pki}/ca.crt")
    if options.is_single or "control-api" in options.disabled:
        return
    join = JoinApi(settings, pki, control.store, control.tokens, log.named("k0s-control-api"))
    _serve(settings, settings.join_port, f"{pki}/k0s-api", join.answer, log.named("k0s-control-api"))


def _share_address(settings: Settings, control: Control, log: Log) -> Sharer:
    """Takes part in sharing a virtual address, where the configuration has one."""
    wanted = virtual_addresses(settings.document)
    named = log.named("cplb")
    sharer = Sharer(wanted, control.leads, named)
    if wanted:
        every(PERIOD, sharer.step, named)
    return sharer


def _serve(settings: Settings, port: int, identity: str, handler: Handler, log: Log, clients: str = "") -> None:
    """Serves over TLS, with client certificates of an authority where one is named."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{identity}.crt", f"{identity}.key")
    if clients:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(clients)
    address = settings.address if settings.is_bound_to_address else ""
    serve(open_port(address, port), handler, log, context)
    log.info(f"listening on {address or 'all addresses'}, port {port}")


def _start_worker(options: ControllerOptions, settings: Settings, health: Health, log: Log, stop: Stop) -> None:
    """The worker of a controller needs no token: it bootstraps its kubelet as the administrator."""
    from k0s_standin.kubelet import Credentials, bootstrap as bootstrap_kubelet, start

    places = options.places
    pki = places.pki
    authority = read(f"{pki}/ca.crt")
    admin = trust(authority, f"{pki}/admin.crt", f"{pki}/admin.key")
    kubelet = options.worker.kubelet
    health.set(ApiConnection(is_up=False, message="kubelet is not up yet"))
    if not os.path.exists(places.kubelet_conf):
        credentials = Credentials(server_of(settings.local_url, admin), authority, "")
        bootstrap_kubelet(kubelet, credentials, log.named("worker"), stop)
    warn_of_containerd(log)
    start(kubelet, log.named("kubelet"), stop, health)
