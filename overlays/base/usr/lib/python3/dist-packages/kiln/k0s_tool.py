"""Runs the k0s program for what only it can say."""

import base64
import binascii
import hashlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from kiln.fields import at
from kiln.files import make_directory, write_atomic
from kiln.strict_yaml import YamlProblem, load

_TIMEOUT = 120
_MAX_MESSAGE = 400
_SECRET_KEYS = re.compile(r"pass|secret|token|datasource|key", re.IGNORECASE)
_LEVEL = re.compile(r"^(?:Error:|time=\S+ level=\w+ msg=)\s*")


class K0s:
    """The program at a path."""

    def __init__(self, program: Path, run: Path) -> None:
        self._program = program
        self._run = run

    def is_there(self) -> bool:
        """Whether the image has it."""
        return self._program.is_file()

    def fingerprint(self, config: bytes) -> str:
        """Changes with the configuration and with the program."""
        found = self._program.stat()
        of_program = f"{found.st_size} {found.st_mtime_ns}\n".encode()
        return hashlib.sha256(of_program + config).hexdigest()

    def complaint(self, config: bytes, document: object) -> str:
        """What k0s has against a configuration, without the secrets in it; empty when it is valid."""
        path = self._run / "k0s.yaml"
        write_atomic(path, config, 0o600)
        try:
            done = self._call("config", "validate", "--config", str(path))
        except (OSError, subprocess.TimeoutExpired):
            return "cannot be checked: k0s does not run on this box"
        finally:
            path.unlink(missing_ok=True)
        if done.returncode == 0:
            return ""
        return f"is refused by k0s: {_message(done.stderr or done.stdout, document)}"

    def client_certificate(self, certificate: str, key: str) -> str | None:
        """PEM of a certificate and key for ten minutes, signed by a CA of the site."""
        data = self._run / "guard"
        try:
            for directory, mode in ((data, 0o700), (data / "pki", 0o700)):
                make_directory(directory, mode)
            write_atomic(data / "pki" / "ca.crt", certificate.encode())
            write_atomic(data / "pki" / "ca.key", key.encode())
            done = self._call(
                *("kubeconfig", "create", "kiln-guard", "--certificate-expires-after", "10m"),
                *("--data-dir", str(data)),
            )
            return _client_of(done.stdout) if done.returncode == 0 else None
        except (OSError, subprocess.TimeoutExpired):
            return None
        finally:
            _remove_tree(data)

    def _call(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [str(self._program), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )


def _message(output: bytes, document: object) -> str:
    """The last line that says something; k0s may repeat values in it."""
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("Error:")]
    text = _LEVEL.sub("", (errors or lines or ["it does not say why"])[-1])
    for secret in sorted(_secrets(document), key=len, reverse=True):
        text = text.replace(secret, "(hidden)")
    printable = "".join(each if each.isprintable() else " " for each in text)
    return printable if len(printable) <= _MAX_MESSAGE else f"{printable[:_MAX_MESSAGE]}…"


def _secrets(value: object, is_secret: bool = False) -> Iterator[str]:
    """Texts under keys that sound like a secret's. Short ones would hide half of every message."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _secrets(item, is_secret or bool(_SECRET_KEYS.search(str(key))))
    elif isinstance(value, list):
        for item in value:
            yield from _secrets(item, is_secret)
    elif is_secret and isinstance(value, str) and len(value) > 2:
        yield value


def _client_of(kubeconfig: bytes) -> str | None:
    try:
        users = at(load(kubeconfig, "kubeconfig"), "users")
    except YamlProblem:
        return None
    user = at(users[0], "user") if isinstance(users, list) and users else None
    try:
        parts = [str(at(user, f"client-{name}-data")) for name in ("certificate", "key")]
        return "".join(base64.b64decode(part, validate=True).decode("ascii") + "\n" for part in parts)
    except (binascii.Error, ValueError):
        return None


def _remove_tree(path: Path) -> None:
    import shutil

    shutil.rmtree(path, ignore_errors=True)
