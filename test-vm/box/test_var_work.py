import contextlib
import tempfile
import unittest
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest import mock

from fake_disks import GB, MIB, disk, table
from kiln import var_work
from kiln.disk_work import WorkError
from kiln.gpt import LINUX_DATA
from kiln.var_decision import Make, Place
from kiln.var_work import GUARD, carry, filesystem_on, make, prepare, repart_args

NVME = disk("nvme0n1", 480 * GB)


class Work(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name, "root")
        self.state = Path(directory.name, "state")
        self.device = Path(directory.name, "device")
        self.root.mkdir()
        self.done: list[str] = []
        self.patch(run=lambda *command, **_: self.done.append(" ".join(command)))

    def patch(self, **replaced: object) -> None:
        for name, value in replaced.items():
            context = mock.patch.object(var_work, name, value)
            context.start()
            self.addCleanup(context.stop)

    def box(self) -> None:
        """The state of a box that has started once, in memory."""
        (self.state / "seeds/abc").mkdir(parents=True)
        (self.state / "seeds/abc/meta-data").write_text("instance-id: a\n")
        (self.state / "seeds/abc/meta-data").chmod(0o600)
        (self.state / "seeds").chmod(0o700)
        (self.state / "seed").symlink_to("seeds/abc")
        (self.state / "ssh").mkdir(mode=0o700)
        (self.state / "ssh/ssh_host_ed25519_key").write_text("key")
        (self.state / "ssh/ssh_host_ecdsa_key.new").write_text("half")
        (self.state / "machine-id").write_text("0" * 32)
        (self.state / "cni").mkdir()


class Making(Work):
    def test_an_empty_disk_gets_one_partition(self) -> None:
        self.patch(
            erase=lambda found: self.done.append(f"erase {found.name}"),
            settle=lambda: None,
            read_table=lambda _: table([("kiln-var", LINUX_DATA, 1024)]),
            partition_of=lambda _, found, is_it, what: str([is_it(each) for each in found.partitions()]),
        )
        self.assertEqual(make(Make(NVME)), Place("nvme0n1", 1, "[True]"))
        make(Make(NVME, erases=True))
        repart = " ".join(repart_args("/dev/nvme0n1"))
        self.assertEqual(self.done, [repart, "erase nvme0n1", repart])
        self.assertIn("--empty=require", repart)

    def test_what_is_on_a_partition(self) -> None:
        said: Sequence[bytes] = (b"ext4\n", b"xfs\n", b"", b"")
        contents = (b"x", b"x", bytes(2 * MIB), bytes(MIB - 1) + b"x")
        wanted = ("ext4", "xfs", "", "data of a kind that is not known")
        for answer, data, want in zip(said, contents, wanted, strict=True):
            self.device.write_bytes(data)
            self.patch(call=lambda *_, answer=answer: (2, answer, b""))
            self.assertEqual(filesystem_on(str(self.device)), want)


class Preparing(Work):
    def prepare(self, filesystem: str) -> None:
        @contextlib.contextmanager
        def mounted(*_: str) -> Iterator[Path]:
            yield self.root

        self.patch(filesystem_on=lambda _: filesystem, mounted=mounted)
        prepare(Place("nvme0n1", 1, "/dev/nvme0n1p1"), self.state)

    def test_one_that_was_cut_off_is_made_again(self) -> None:
        self.state.mkdir()
        self.prepare("")
        self.assertEqual(self.done, ["mkfs.ext4 -q -F -L kiln-var /dev/nvme0n1p1"])
        self.assertTrue((self.root / GUARD).exists())

    def test_other_file_systems_are_refused(self) -> None:
        with self.assertRaisesRegex(WorkError, "^is called kiln-var and has xfs, which is not taken; erase it$"):
            self.prepare("xfs")
        self.assertEqual(list(self.root.iterdir()), [])

    def test_one_that_was_made_ready_before_restarts_nothing(self) -> None:
        self.state.mkdir()
        self.prepare("ext4")
        with self.assertRaisesRegex(WorkError, "was made ready, and this start has not taken it as /var"):
            self.prepare("ext4")

    def test_who_the_box_is_comes_along(self) -> None:
        self.box()
        self.prepare("ext4")
        state = self.root / "lib/kiln"
        self.assertEqual(sorted(each.name for each in state.iterdir()), ["machine-id", "seed", "seeds", "ssh"])
        self.assertEqual((state / "seed/meta-data").read_text(), "instance-id: a\n")
        self.assertEqual([each.name for each in (state / "ssh").iterdir()], ["ssh_host_ed25519_key"])
        modes = [(state / name).stat().st_mode & 0o777 for name in ("seeds", "ssh", "seeds/abc/meta-data")]
        self.assertEqual(modes, [0o700, 0o700, 0o600])

    def test_a_box_that_is_there_stays(self) -> None:
        self.box()
        (self.root / "lib/kiln").mkdir(parents=True)
        (self.root / "lib/kiln/machine-id").write_text("1" * 32)
        carry(self.state, self.root)
        self.assertEqual([each.name for each in (self.root / "lib/kiln").iterdir()], ["machine-id"])

    def test_what_a_cut_of_power_left_is_made_again(self) -> None:
        self.box()
        (self.root / "lib/.kiln.new").mkdir(parents=True)
        (self.root / "lib/.kiln.new/rubbish").touch()
        carry(self.state, self.root)
        self.assertFalse((self.root / "lib/kiln/rubbish").exists())
        self.assertFalse((self.root / "lib/.kiln.new").exists())
