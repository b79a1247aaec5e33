"""The bootstrap tokens that a controller accepts: from its manifests, from its peers', and made at run time."""

import hmac
import os
import time

from k0s_standin.failure import Failure
from k0s_standin.jointoken import TOKEN, Secret, is_expired, secret_of
from k0s_standin.log import Log
from k0s_standin.store import TOKENS, Record, Store

# Stacks that k0s writes itself; its applier ignores what else lies in them.
RESERVED = ("api-config", "autopilot", "bootstraprbac", "etcd-member", "helm", "windows")
BUILT_IN = ("coredns", "kuberouter", "kubeproxy", "konnectivity", "metricserver", "metrics")

# Why a token is gone: an invalidated one stays so, whatever manifests say.
INVALIDATED, PRUNED = "invalidated", "pruned"

Stamp = tuple[tuple[str, int, int], ...]


class Manifests:
    """The tokens in <data>/manifests/<stack>/*.yaml, read again when a file changes."""

    def __init__(self, directory: str, log: Log) -> None:
        self._directory = directory
        self._log = log
        self._read: dict[str, tuple[Stamp, list[Secret]]] = {}

    def secrets(self) -> list[Secret]:
        """What the stacks hold now."""
        stacks = [each for each in _listed(self._directory) if each not in RESERVED + BUILT_IN]
        return [secret for stack in stacks for secret in self._stack(f"{self._directory}/{stack}")]

    def _stack(self, path: str) -> list[Secret]:
        files = [f"{path}/{name}" for name in _listed(path) if name.endswith(".yaml")]
        stamp = tuple((file, *_stamp_of(file)) for file in files)
        known = self._read.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        found = self._apply(path, files)
        self._read[path] = (stamp, found)
        return found

    def _apply(self, path: str, files: list[str]) -> list[Secret]:
        """A stack is applied as a whole: one bad file keeps the others of it from taking effect."""
        from k0s_standin.strict_yaml import load_all

        try:
            documents = [each for file in files for each in load_all(_bytes(file), file)]
        except (Failure, OSError) as error:
            self._log.error(f"Failed to apply manifests of stack {os.path.basename(path)}: {error}")
            return []
        found = [secret for secret in map(secret_of, documents) if secret is not None]
        if documents:
            others = len(documents) - len(found)
            stack = os.path.basename(path)
            self._log.info(f"stack {stack}: {len(found)} bootstrap tokens; {others} other objects are not applied")
        return found


class Tokens:
    """All tokens of the cluster."""

    def __init__(self, store: Store, manifests: Manifests) -> None:
        self._store = store
        self._manifests = manifests
        self._shared: set[str] = set()

    def all(self) -> list[Secret]:
        """Every token that is not invalidated: those of manifests here, and those that the store knows."""
        stored = {key: _secret(record) for key, record in self._store.records(TOKENS).items()}
        applied = {each.id: each for each in self._manifests.secrets()}
        found = stored | applied
        return [each for key, each in sorted(found.items()) if self._store.removal(TOKENS, key) != INVALIDATED]

    def find(self, bearer: str, usages: tuple[str, ...]) -> Secret | None:
        """The token of a request, if it is known, of this use, and its time is not over."""
        if not TOKEN.fullmatch(bearer):
            return None
        token_id, _, secret = bearer.partition(".")
        for each in self.all():
            if each.id == token_id and hmac.compare_digest(each.secret, secret):
                is_valid = not is_expired(each, time.time()) and any(usage in usages for usage in each.usages)
                return each if is_valid else None
        return None

    def create(self, secret: Secret) -> None:
        self._store.put(TOKENS, secret.id, _record(secret))

    def invalidate(self, token_id: str) -> None:
        if not any(each.id == token_id for each in self.all()):
            raise Failure(f'secrets "bootstrap-token-{token_id}" not found')
        self._store.remove(TOKENS, token_id, INVALIDATED)

    def share_manifests(self) -> None:
        """Puts the manifests' tokens where peers see them, and takes away what is no longer in a manifest.

        What was gone before this start stays: k0s deletes nothing for a stack that it does not find.
        """
        present = {each.id: each for each in self._manifests.secrets()}
        for key, secret in present.items():
            if self._store.get(TOKENS, key) is None and self._store.removal(TOKENS, key) != INVALIDATED:
                self.create(secret)
        for key in self._shared - present.keys():
            if self._store.get(TOKENS, key) is not None:
                self._store.remove(TOKENS, key, PRUNED)
        self._shared = set(present)


def _secret(record: Record) -> Secret:
    usages = record.get("usages")
    return Secret(
        str(record.get("id")),
        str(record.get("secret")),
        str(record.get("description")),
        tuple(str(each) for each in usages) if isinstance(usages, list | tuple) else (),
        str(record.get("expiration") or ""),
    )


def _record(secret: Secret) -> Record:
    return {**secret._asdict(), "usages": list(secret.usages)}


def _listed(directory: str) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _stamp_of(file: str) -> tuple[int, int]:
    try:
        status = os.stat(file)
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _bytes(file: str) -> bytes:
    with open(file, "rb") as handle:
        return handle.read()
