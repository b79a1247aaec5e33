"""Replication: each controller serves its state to etcd's peers on port 2380, and reads theirs every few seconds."""

import json
import ssl

from k0s_standin.background import every
from k0s_standin.client import Server, Unreachable, call, trust
from k0s_standin.failure import Conflict
from k0s_standin.files import read
from k0s_standin.http import Request, Response, answer, open_port, plain, serve
from k0s_standin.log import Log
from k0s_standin.members import Member, has_left, members, promote
from k0s_standin.store import MEMBERS, State, Store

PORT = 2380
PERIOD = 2.0


class Peers:
    """This controller among the members of its etcd cluster."""

    def __init__(self, store: Store, address: str, pki: str, log: Log) -> None:
        self._store = store
        self._address = address
        self._pki = pki
        self._log = log
        self._told: dict[str, str] = {}
        self._newcomers: set[str] = set()
        self._is_expelled = False

    @property
    def problem(self) -> str:
        """Why the cluster's state cannot be trusted here; nothing when it can."""
        if self._is_expelled:
            return "the member has been permanently removed from the cluster"
        return "" if self._store.cluster else "etcd member has not heard from its cluster yet"

    @property
    def leads(self) -> bool:
        """Whether this is the first by name of the members that answer."""
        living = [each for each in members(self._store) if self._is_alive(each)]
        return bool(living) and living[0].address == self._address and not self.problem

    def _is_alive(self, member: Member) -> bool:
        return member.address == self._address or self._told.get(member.address) == ""

    def start(self) -> None:
        """Serves on the peer address, as etcd does, and begins to read from the others."""
        certificate = f"{self._pki}/etcd/peer"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(f"{certificate}.crt", f"{certificate}.key")
        context.load_verify_locations(f"{self._pki}/etcd/ca.crt")
        serve(open_port(self._address, PORT), self._answer, self._log, context)
        every(PERIOD, self._read_all, self._log)

    def own_id(self) -> str:
        """This member's id; nothing until the cluster told it."""
        record = self._store.get(MEMBERS, self._address)
        return str(record.get("id") or "") if record else ""

    def _answer(self, request: Request) -> Response:
        if request.path == "/members":
            return answer([_shown(each) for each in members(self._store)])
        if request.path != "/stand-in/state" or request.subject is None:
            return plain("404 page not found\n", 404)
        address = request.subject.name
        if has_left(self._store, address, request.query.get("id", "")):
            return plain("the member has been permanently removed from the cluster\n", 410)
        if self._store.get(MEMBERS, address) is None:
            # Another member let it in, and may be gone before it told us: it is heard itself.
            self._newcomers.add(address)
        if promote(self._store, address):
            self._log.info(f"etcd member {address} is up: promoted from learner to voting member")
        cluster, tables = self._store.state()
        return answer({"cluster": cluster, "tables": tables})

    def _read_all(self) -> None:
        """Hears every other member once. One that does not answer is told of when that begins and when it ends."""
        if self._is_expelled:
            return
        tls = trust(read(f"{self._pki}/etcd/ca.crt"), f"{self._pki}/etcd/peer.crt", f"{self._pki}/etcd/peer.key")
        own_id = self.own_id()
        known = members(self._store)
        self._newcomers -= {each.address for each in known}
        newcomers = [Member(address, address, "", False) for address in sorted(self._newcomers)]
        for peer in (*known, *newcomers):
            if peer.address != self._address:
                self._note(peer, self._read(peer, own_id, tls))

    def _read(self, peer: Member, own_id: str, tls: ssl.SSLContext) -> str:
        """Takes a peer's state; what went wrong, or nothing."""
        try:
            server = Server(peer.address, PORT, tls)
            response = call(server, "GET", f"/stand-in/state?id={own_id}", patience=3.0)
            if response.status == 410:
                self._is_expelled = True
                return self.problem
            if response.status != 200:
                return f"unexpected response status: {response.line}"
            document = json.loads(response.body)
            self._store.merge(State(document["cluster"], document["tables"]))
            return ""
        except (Unreachable, Conflict, ValueError, KeyError) as error:
            return str(error)

    def _note(self, peer: Member, problem: str) -> None:
        if problem == self._told.get(peer.address):
            return
        self._told[peer.address] = problem
        if problem:
            self._log.error(f"etcd peer {peer.name} ({peer.url}): {problem}")
        else:
            self._log.info(f"etcd peer {peer.name} ({peer.url}) answers")


def _shown(member: Member) -> dict[str, object]:
    """As etcd shows it to its peers, but for the id, which is a number there."""
    shown: dict[str, object] = {"id": member.id, "peerURLs": [member.url], "name": member.name}
    return {**shown, "isLearner": True} if member.is_learner else shown
