"""The cluster's state on a controller: what etcd or kine hold for k0s.

Every record has a version; of two records of one name, the one with the greater version is right. So controllers that
read each other's state now and then agree, whatever their clocks say. That is no consensus: there is no quorum.
"""

import json
import os
import threading
from collections.abc import Callable
from typing import NamedTuple

from k0s_standin.failure import Conflict, Failure
from k0s_standin.files import read_if_present, write_atomic
from k0s_standin.version import NOTICE

Record = dict[str, object]
Table = dict[str, Record]

MEMBERS, NODES, TOKENS = "members", "nodes", "tokens"
TABLES = (MEMBERS, NODES, TOKENS)

# Not written to the disk: it changes all the time.
SEEN = "seen"


class State(NamedTuple):
    """A copy of the state, for peers and for the file."""

    cluster: str
    tables: dict[str, Table]


class Store:
    """The tables of one controller, with a lock around them, and the file that holds them."""

    def __init__(self, path: str, cluster: str = "") -> None:
        self._path = path
        self._lock = threading.RLock()
        self._cluster = cluster
        self._tables: dict[str, Table] = {name: {} for name in TABLES}

    @classmethod
    def load(cls, path: str) -> "Store":
        """The store in a file; empty when there is no file."""
        store = cls(path)
        data = read_if_present(path)
        if data is None:
            return store
        try:
            document = json.loads(data)
            store._cluster = str(document["cluster"])
            store._tables = {name: dict(document[name]) for name in TABLES}
        except (ValueError, KeyError, TypeError) as error:
            raise Failure(f"{path} is damaged: {error}") from None
        return store

    @property
    def cluster(self) -> str:
        """The cluster's id; empty for a member that has not heard from the others yet."""
        return self._cluster

    def save(self) -> None:
        with self._lock:
            tables = {name: {key: _lasting(each) for key, each in self._tables[name].items()} for name in TABLES}
            text = json.dumps({"by": NOTICE, "cluster": self._cluster, **tables}, indent=1)
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
            write_atomic(self._path, text.encode(), 0o600)

    def records(self, table: str) -> Table:
        """The records of a table that were not removed."""
        with self._lock:
            return {key: dict(each) for key, each in self._tables[table].items() if not each.get("removed")}

    def get(self, table: str, key: str) -> Record | None:
        return self.records(table).get(key)

    def put(self, table: str, key: str, record: Record) -> None:
        """Writes a record and saves it."""
        with self._lock:
            self._write(table, key, record)
            self.save()

    def remove(self, table: str, key: str, why: str) -> None:
        """Removes a record so that peers learn of it too."""
        with self._lock:
            self._write(table, key, {"removed": why})
            self.save()

    def change(self, table: str, key: str, edit: Callable[[Record], Record], *, is_lasting: bool = True) -> bool:
        """Replaces a record by an edited one; False when there is none."""
        with self._lock:
            old = self.get(table, key)
            if old is None:
                return False
            self._write(table, key, edit(old))
            if is_lasting:
                self.save()
            return True

    def removal(self, table: str, key: str) -> str:
        """Why a record was removed; nothing if it was not."""
        with self._lock:
            return str(self._tables[table].get(key, {}).get("removed") or "")

    def state(self) -> State:
        with self._lock:
            return State(self._cluster, json.loads(json.dumps(self._tables)))

    def merge(self, state: State) -> None:
        """Takes what is newer in a peer's state; Conflict when the peer is of another cluster."""
        with self._lock:
            if self._cluster and state.cluster and state.cluster != self._cluster:
                raise Conflict(f"cluster ID mismatch: local {self._cluster}, peer {state.cluster}")
            is_new = not self._cluster and bool(state.cluster)
            self._cluster = self._cluster or state.cluster
            before = self._versions()
            for name in TABLES:
                mine = self._tables[name]
                for key, record in state.tables.get(name, {}).items():
                    if key not in mine or _rank(record) > _rank(mine[key]):
                        mine[key] = record
            if is_new or self._versions() != before:
                self.save()

    def transaction(self) -> threading.RLock:
        """Held around a check and the change that depends on it."""
        return self._lock

    def _write(self, table: str, key: str, record: Record) -> None:
        old = self._tables[table].get(key, {})
        self._tables[table][key] = {**record, "version": _version(old) + 1}

    def _versions(self) -> list[tuple[str, str, object]]:
        """What makes two states different on the disk: heartbeats are left out."""
        return sorted(
            (name, key, json.dumps(_lasting({**each, "version": 0}), sort_keys=True))
            for name in TABLES
            for key, each in self._tables[name].items()
        )


def _version(record: Record) -> int:
    value = record.get("version")
    return value if isinstance(value, int) else 0


def _rank(record: Record) -> tuple[int, str]:
    """By version; the text decides between two changes that were made at once, so that all decide alike."""
    return _version(record), json.dumps(record, sort_keys=True)


def _lasting(record: Record) -> Record:
    return {key: value for key, value in record.items() if key != SEEN}
