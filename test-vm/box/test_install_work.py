import contextlib
import os
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from fake_disks import GB, HASH, KILN, MIB, disk, table_bytes
from kiln import disk_work
from kiln import install_work as work
from kiln.disk_work import WorkError
from kiln.disks import Disk
from kiln.gpt import TableError, read_table
from kiln.install_decision import Install
from kiln.install_layout import Image
from kiln.install_seed import Found, choose
from kiln.install_state import Step
from kiln.seed_address import Hint
from kiln.seed_files import NOCLOUD, Seed

IMAGE = Image("0.1.0", HASH)
BEFORE = "BootOrder: 0001\nBoot0001* UEFI CD\nBoot0004* Kiln\tHD(1)\n"
AFTER = "BootOrder: 0005,0001\nBoot0001* UEFI CD\nBoot0004* Kiln\tHD(1)\nBoot0005* Kiln\tHD(1)\n"


def plan(target: Disk, kind: str, removed: frozenset[int] = frozenset()) -> Install:
    files = {"meta-data": b"instance-id: i-1\ninstall: {disk: only}\n"}
    order, problems = choose([Found(Seed(NOCLOUD, "cidata on sr0", files), "sr0")], Hint())
    assert order is not None, problems
    return Install(order, target, Step(kind, removed))


@dataclass(frozen=True)
class FileDisk(Disk):
    """A disk that is a file."""

    file: str = ""

    @property
    def path(self) -> str:
        return self.file


class Work(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.done: list[object] = []
        self.patch(say=lambda *_: None)

    def patch(self, **replaced: object) -> None:
        self.patch_of(work, **replaced)

    def patch_of(self, module: object, **replaced: object) -> None:
        for name, value in replaced.items():
            context = mock.patch.object(module, name, value)
            context.start()
            self.addCleanup(context.stop)


class Room(Work):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.directory / "disk"
        start = bytearray(table_bytes(KILN, disk_mib=8192))
        self.file.write_bytes(bytes(start) + b"\xff" * (2 * MIB))
        os.truncate(self.file, 8192 * MIB)
        with self.file.open("r+b") as file:
            file.seek(8191 * MIB)
            file.write(b"\xff" * MIB)
        self.disk = FileDisk("sda", 8192 * MIB, file=str(self.file))
        self.patch_of(disk_work, _reread=lambda *_: self.done.append("reread"), settle=lambda: None)

    def read(self, at: int, size: int) -> bytes:
        with self.file.open("rb") as file:
            return os.pread(file.fileno(), size, at)

    def test_an_empty_disk_is_left_to_systemd_repart(self) -> None:
        before = self.read(0, 3 * MIB)
        work._make_room(plan(self.disk, "new"))
        self.assertEqual(self.read(0, 3 * MIB), before)
        self.assertEqual(self.done, [])

    def test_data_of_others_is_erased_at_both_ends(self) -> None:
        work._make_room(plan(self.disk, "anew"))
        self.assertEqual(self.read(0, MIB), bytes(MIB))
        self.assertEqual(self.read(8191 * MIB, MIB), bytes(MIB))
        self.assertEqual(self.read(MIB, 1), b"\xff")
        with self.assertRaises(TableError):
            read_table(self.read, 512)
        self.assertEqual(self.done, ["reread"])

    def test_var_stays_in_the_table_and_nothing_boots_any_more(self) -> None:
        writes: list[int] = []
        really = os.pwrite

        def note(descriptor: int, data: bytes, at: int) -> int:
            writes.append(at)
            return really(descriptor, data, at)

        with mock.patch("os.pwrite", note):
            work._make_room(plan(self.disk, "keep", frozenset({2, 3, 4, 5})))
        # The boot loader goes before the systems that it starts.
        self.assertEqual(writes[0], MIB)
        self.assertEqual(self.read(MIB, MIB), bytes(MIB))
        self.assertEqual([entry.label for entry in read_table(self.read, 512).partitions()], ["esp", "var"])


class Order(Work):
    def steps(self, **fails: bool) -> list[object]:
        def step(name: str, *facts: object) -> None:
            self.done.append((name, *facts) if facts else name)
            if fails.get(name):
                raise WorkError(name)

        table = read_table(lambda at, size: table_bytes(KILN)[at : at + size], 512)
        self.patch(
            _make_room=lambda _: step("room"),
            _partition=lambda *_: step("partition"),
            read_table=lambda _: table,
            partition_of=lambda *arguments: arguments[-1],
            run=lambda *command: step("run", command[0]),
            _write_esp=lambda _, files: step("esp", [Path(name).name for name in files]),
            _write_seed=lambda *_: step("seed"),
            _verify=lambda *_: step("verify"),
            write_mark=lambda _, mark: step("mark", mark.instance_id),
            _register=lambda *_: step("register") or [],
        )
        with contextlib.suppress(WorkError), mock.patch("os.uname", lambda: mock.Mock(machine="x86_64")):
            work.install(plan(disk("sda", 10 * GB), "new"), IMAGE, Hint())
        return self.done

    def test_what_boots_comes_when_all_else_was_read_back(self) -> None:
        self.assertEqual(
            self.steps(),
            [
                "room", "partition", ("run", "mkfs.fat"),
                ("esp", ["kiln_0.1.0+3.efi", "loader.conf", "systemd-bootx64.efi"]),
                "seed", "verify", ("esp", ["BOOTX64.EFI"]), ("mark", "i-1"), "register",
            ],
        )

    def test_a_system_that_is_not_what_was_written_never_boots(self) -> None:
        self.assertEqual(self.steps(verify=True)[-1], "verify")


class Registering(Work):
    def setUp(self) -> None:
        super().setUp()
        (self.directory / "Boot0001-x").touch()
        self.answers = [BEFORE, AFTER]
        self.fails = False
        self.patch(_EFIVARS=self.directory, run=self._run)
        self.disk = disk("sda", 10 * GB)

    def _run(self, *command: str) -> str:
        self.done.append(command[2:] if len(command) > 1 else command)
        if self.fails:
            raise WorkError("efibootmgr failed: no room")
        return self.answers.pop(0) if len(command) == 1 else ""

    def test_one_entry_first_in_the_order_and_next_in_turn(self) -> None:
        self.assertEqual(work._register(self.disk, 1), [])
        self.assertEqual(self.done[1][:5], ("--create", "--disk", "/dev/sda", "--part", "1"))
        self.assertEqual(self.done[3:], [("--delete-bootnum", "--bootnum", "0004"), ("--bootnext", "0005")])

    def test_firmware_without_room_is_a_warning(self) -> None:
        self.fails = True
        self.assertEqual(
            [str(each) for each in work._register(self.disk, 1)],
            ["boot entry: there is none (efibootmgr failed: no room); the firmware has to find the disk by itself, "
             "at EFI/BOOT"],
        )

    def test_firmware_without_variables_is_a_warning(self) -> None:
        for place in (self.directory / "nowhere", self.directory / "empty"):
            (self.directory / "empty").mkdir(exist_ok=True)
            self.patch(_EFIVARS=place)
            [problem] = work._register(self.disk, 1)
            self.assertIn("the firmware's variables cannot be written", problem.message)
        self.assertEqual(self.done, [])

    def test_variables_that_are_read_only(self) -> None:
        with mock.patch("os.statvfs", lambda _: mock.Mock(f_flag=os.ST_RDONLY)):
            [problem] = work._register(self.disk, 1)
        self.assertIn("cannot be written", problem.message)


class Programs(Work):
    def test_why_one_has_failed(self) -> None:
        with self.assertRaisesRegex(WorkError, "nothing-like-this cannot be run: No such file"):
            disk_work.run("nothing-like-this")
        self.patch_of(disk_work, call=lambda *_: (1, b"", b"line one\rline two\n"))
        with self.assertRaisesRegex(WorkError, "^mkfs.fat failed: line two$"):
            disk_work.run("mkfs.fat", "x")
        self.patch_of(disk_work, call=lambda *_: (1, b"on the other stream\n", b""))
        with self.assertRaisesRegex(WorkError, "failed: on the other stream"):
            disk_work.run("mkfs.fat")
        self.patch_of(disk_work, call=lambda *_: (1, b"", b""))
        with self.assertRaisesRegex(WorkError, "failed: no reason given"):
            disk_work.run("mkfs.fat")
