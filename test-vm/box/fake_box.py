"""A box below a temporary directory: its disk is real, k0s is a script, systemd and the peers are made up."""

import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path

import samples
from kiln.guard import Answer
from kiln.k0s_tool import K0s
from kiln.provisioning import Box, provision
from kiln.request_model import Request
from kiln.units import Units

# Refuses "adress"; its kubeconfig has the certificate of the fixtures. It calls no other program.
_K0S = """#!/bin/sh
echo "$*" >> "{calls}"
case "$1 $2" in
"config validate")
  while read -r line; do
    case $line in *adress*)
      echo 'time="2026-11-22" level=info msg="loading"' >&2
      echo 'Error: json: unknown field "adress", near authPass s3cret-pass' >&2
      exit 1 ;;
    esac
  done < "$4" ;;
"kubeconfig create")
  test -s "$7/pki/ca.crt" && test -s "$7/pki/ca.key" || exit 1
  while read -r line; do echo "$line"; done < "{kubeconfig}" ;;
*) exit 2 ;;
esac
"""


class FakeUnits(Units):
    """What was started."""

    def __init__(self) -> None:
        self.started: list[str] = []

    def running(self) -> set[str]:
        return set(self.started)

    def start(self, unit: str) -> None:
        self.started.append(unit)


class FakeBox:
    """One box over several boots."""

    def __init__(self, root: Path, name: str = "c1") -> None:
        self.root = root
        self.name = name
        self.addresses = {"10.0.0.11"}
        self.answers: list[Answer] = []
        self.is_member: bool | None = None
        self.asked: list[Request] = []
        self.published: dict[str, object] = {}
        self.units = FakeUnits()
        self._calls = root / "k0s-calls"
        self._install_k0s()
        self.boot()

    def boot(self) -> None:
        """What is only in memory is gone."""
        self.units = FakeUnits()
        for directory in ("run", "etc"):
            for path in sorted((self.root / directory).rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
        (self.root / "run/kiln").mkdir(parents=True, exist_ok=True)
        self._calls.write_text("")

    def seed(self, k0s: object, instance_id: str = "i-1") -> None:
        """The remembered seed has this k0s key."""
        directory = self.root / "var/lib/kiln/seed"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "metadata.json").write_text(json.dumps({"instance-id": instance_id, "k0s": k0s}))

    def run(self) -> int:
        """One run of kiln-provision."""
        return provision(
            Box(
                root=self.root,
                name=self.name,
                k0s=K0s(self.root / "usr/bin/k0s", self.root / "run/kiln"),
                units=self.units,
                addresses=lambda: self.addresses,
                ask_peers=self._ask_peers,
                is_member=lambda request, alive: self.is_member,
                publish=self._publish,
                sleep=lambda seconds: None,
            )
        )

    @property
    def k0s_calls(self) -> list[str]:
        return self._calls.read_text().splitlines()

    @property
    def problems(self) -> list[str]:
        """What was published as wrong."""
        found = self.published["problems"]
        assert isinstance(found, list)
        return [f"{each['key']}: {each['message']}" for each in found]

    @property
    def arguments(self) -> str:
        """What k0s would be started with."""
        return (self.root / "run/kiln/k0s.env").read_text().strip()

    def files(self, under: str) -> list[str]:
        """Path and mode of every file below a directory."""
        top = self.root / under
        return sorted(
            f"{path.relative_to(self.root)} {path.lstat().st_mode & 0o7777:o}"
            for path in top.rglob("*")
            if not path.is_dir()
        )

    def write(self, path: str, text: str = "x") -> None:
        """As k0s or somebody else would."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def _ask_peers(self, request: Request, own: Collection[str]) -> list[Answer]:
        assert own == self.addresses
        self.asked.append(request)
        return self.answers

    def _publish(self, data: Mapping[str, object]) -> None:
        self.published = json.loads(json.dumps(data))

    def _install_k0s(self) -> None:
        program = self.root / "usr/bin/k0s"
        program.parent.mkdir(parents=True, exist_ok=True)
        kubeconfig = self.root / "kubeconfig"
        kubeconfig.write_text(json.dumps(samples.client_kubeconfig()) + "\n")
        program.write_text(_K0S.format(calls=self._calls, kubeconfig=kubeconfig))
        os.chmod(program, 0o755)
