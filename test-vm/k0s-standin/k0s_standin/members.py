"""etcd's members: who they are, how one joins and leaves."""

import os
from typing import NamedTuple

from k0s_standin.failure import Conflict
from k0s_standin.store import MEMBERS, Record, Store


class Member(NamedTuple):
    """A member of the etcd cluster."""

    name: str
    address: str
    id: str
    is_learner: bool

    @property
    def url(self) -> str:
        return f"https://{f'[{self.address}]' if ':' in self.address else self.address}:2380"


def new_id() -> str:
    """An id as etcd prints them."""
    return os.urandom(8).hex()


def members(store: Store) -> list[Member]:
    """All members, by name."""
    found = [_member(address, record) for address, record in store.records(MEMBERS).items()]
    return sorted(found)


def bootstrap(path: str, name: str, address: str) -> Store:
    """A new cluster with one member."""
    store = Store(path, new_id())
    store.put(MEMBERS, address, _record(name, new_id(), is_learner=False))
    return store


def joined(path: str, initial: list[Member]) -> Store:
    """What a member knows that has just been let in: names and addresses, the rest it hears from them."""
    store = Store(path)
    state = store.state()
    for member in initial:
        # Version 0: whatever a peer says about a member is newer than this.
        state.tables[MEMBERS][member.address] = {**_record(member.name, "", is_learner=False), "version": 0}
    store.merge(state)
    store.save()
    return store


def add_learner(store: Store, name: str, address: str) -> list[Member]:
    """Lets a member in and returns all; Conflict where etcd would refuse."""
    with store.transaction():
        present = members(store)
        if any(each.address == address for each in present):
            raise Conflict("etcdserver: Peer URLs already exists")
        if any(each.is_learner for each in present):
            raise Conflict("etcdserver: too many learner members in cluster")
        store.put(MEMBERS, address, _record(name, new_id(), is_learner=True))
        return members(store)


def promote(store: Store, address: str) -> bool:
    """Makes a learner a voting member once it is heard of; False when it is none."""
    with store.transaction():
        record = store.get(MEMBERS, address)
        if record is None or not record.get("learner"):
            return False
        return store.change(MEMBERS, address, lambda old: {**old, "learner": False})


def leave(store: Store, address: str) -> Member:
    """Removes a member; Conflict where etcd would refuse."""
    with store.transaction():
        present = members(store)
        found = next((each for each in present if each.address == address), None)
        if found is None:
            raise Conflict(f"peer not found: https://{address}:2380")
        if len(present) == 1:
            raise Conflict("etcdserver: re-configuration failed due to not enough started members")
        store.remove(MEMBERS, address, "left")
        return found


def has_left(store: Store, address: str, member_id: str) -> bool:
    """Whether a member was removed, be it that another came with the same address. One never heard of was not."""
    record = store.get(MEMBERS, address)
    if record is None:
        return store.removal(MEMBERS, address) != ""
    known = str(record["id"])
    # Who was let in with the id unknown, or has not been told its own, may be anybody with that address.
    return bool(known and member_id) and known != member_id


def _record(name: str, member_id: str, *, is_learner: bool) -> Record:
    return {"name": name, "id": member_id, "learner": is_learner}


def _member(address: str, record: Record) -> Member:
    return Member(str(record["name"]), address, str(record["id"]), bool(record["learner"]))
