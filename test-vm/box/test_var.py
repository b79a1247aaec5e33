import contextlib
import io
import json
import tempfile
import unittest
from collections.abc import Callable, Mapping
from pathlib import Path
from unittest import mock

from fake_disks import EMPTY, GB, OTHER, disk, kiln
from kiln import status, var
from kiln.disk_choice import Candidates
from kiln.disk_contents import Contents
from kiln.disk_key import DiskWish, Limit
from kiln.disk_work import WorkError
from kiln.disks import Disk
from kiln.problem import Problem
from kiln.var_decision import Keep, Make, Place, Refuse, Use, View, decide
from kiln.var_key import VarWish, check

NVME = disk("nvme0n1", 480 * GB, bus="nvme")
SDA = disk("sda", 2000 * GB, bus="ata")
ON_NVME = Place("nvme0n1", 1, "/dev/nvme0n1p1")
ON_SDA = Place("sda", 2, "/dev/sda2")
ONLY = VarWish(DiskWish(word="only"))
SMALLEST = VarWish(DiskWish(word="smallest"))


class Key(unittest.TestCase):
    def check(self, key: object, *lines: str) -> None:
        wish, problems = check(key)
        self.assertEqual([str(each) for each in problems], list(lines))
        self.assertEqual(wish is None, bool(lines))

    def test_the_same_words_as_for_the_installer(self) -> None:
        self.assertEqual(check({"disk": "only"})[0], ONLY)
        wanted = DiskWish(serial="A1", bus="nvme", size=(Limit(">=", 200 * GB),))
        key = {"disk": {"serial": "A1", "bus": "nvme", "size": ">=200G"}, "wipe": True}
        self.assertEqual(check(key)[0], VarWish(wanted, wipe=True))

    def test_each_mistake_is_told_with_its_key(self) -> None:
        self.check({"disk": {"size": "5", "sise": 1}, "wipe": "yes", "then": "reboot"},
                   "var.then: is unknown; known are disk, wipe",
                   'var.disk.sise: is unknown; did you mean "size"?',
                   'var.disk.size: has to be one limit or two, as ">=200G" or ">100G <2T" '
                   "(G is 10^9 bytes, Gi is 2^30)",
                   "var.wipe: is text; it has to be true or false")
        self.check({"disk": {}}, "var.disk: says nothing of a disk; give one or several of "
                                 "bus, model, path, serial, size")
        self.check({"disk": "/etc"}, "var.disk: has to be a path below /dev, as /dev/disk/by-id/nvme-…")
        self.check({"wipe": True}, "var.disk: is missing; give a path as /dev/disk/by-id/…, smallest, largest, only, "
                                   "or a map of path, serial, model, size, bus")
        self.check("only", "var: is text; it has to be a map")


class Deciding(unittest.TestCase):
    def decide(
        self,
        contents: Contents = EMPTY,
        wish: VarWish = ONLY,
        disks: tuple[Disk, ...] = (NVME,),
        **seen: object,
    ) -> object:
        view = View(wish, Candidates(disks), **seen)  # type: ignore[arg-type]
        found = decide(view, lambda _: contents)
        return str(found.problem) if isinstance(found, Refuse) else found

    def test_an_empty_disk_is_taken(self) -> None:
        self.assertEqual(self.decide(), Make(NVME))
        self.assertEqual(self.decide(wish=SMALLEST, disks=(NVME, SDA)), Make(NVME))

    def test_a_disk_with_data_is_refused_unless_it_may_be_wiped(self) -> None:
        self.assertEqual(self.decide(OTHER), "var.disk: nvme0n1: has a GPT with 2 partitions (vfat, ext4); "
                                             "it is taken only with var.wipe: true")
        self.assertEqual(self.decide(kiln()), "var.disk: nvme0n1: has Kiln 0.1.0; it is taken only with "
                                              "var.wipe: true")
        self.assertEqual(self.decide(OTHER, VarWish(ONLY.disk, wipe=True)), Make(NVME, erases=True))

    def test_what_is_there_is_used_and_never_wiped(self) -> None:
        for wish in (ONLY, VarWish(ONLY.disk, wipe=True)):
            self.assertEqual(self.decide(OTHER, wish, places=(ON_NVME,)), Use(ON_NVME))
            self.assertEqual(self.decide(OTHER, wish, places=(ON_NVME,), mounted="/dev/nvme0n1p1"),
                             Keep("/dev/nvme0n1p1"))
            self.assertEqual(self.decide(OTHER, wish, places=(ON_NVME,), trouble="/dev/nvme0n1p1 is damaged"),
                             "var: /dev/nvme0n1p1 is damaged")
            self.assertEqual(self.decide(OTHER, wish, places=(ON_NVME,), trouble="several partitions are"),
                             Use(ON_NVME))

    def test_another_disk_than_the_seed_names(self) -> None:
        seen = {"wish": SMALLEST, "disks": (NVME, SDA), "places": (ON_SDA,)}
        self.assertEqual(self.decide(**seen),  # type: ignore[arg-type]
                         "var.disk: nvme0n1 is meant, and /dev/sda2 is called kiln-var; "
                         "erase that one, or name its disk")
        self.assertEqual(self.decide(**seen, mounted="/dev/sda2"),  # type: ignore[arg-type]
                         "var.disk: nvme0n1 is meant, and /dev/sda2 is /var; erase that one, or name its disk")

    def test_several_are_never_guessed(self) -> None:
        for mounted in (None, "/dev/nvme0n1p1"):
            self.assertEqual(self.decide(places=(ON_NVME, ON_SDA), mounted=mounted),
                             "var: /dev/nvme0n1p1 and /dev/sda2 are both called kiln-var, and none of them is "
                             "guessed; erase all but one")

    def test_no_disk_or_no_clear_choice(self) -> None:
        self.assertEqual(self.decide(disks=()), "var.disk: only: there is no such disk")
        self.assertEqual(self.decide(disks=(NVME, SDA)),
                         "var.disk: only is said of 2 disks (nvme0n1, sda); say more, so that one is left")


class Restarted(Exception):
    """In the place of a restart."""


class Running(unittest.TestCase):
    """Runs, on a box that is made of mocks."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        self.done: list[str] = []
        self.sections: dict[str, object] = {}
        self.trouble = self.root / "trouble"
        (self.root / "seed").mkdir()
        self.seed({"disk": "only"})
        self.view = View(ONLY, Candidates((NVME,)))
        self.patch(
            look=lambda _: self.view,
            probe=lambda _: EMPTY,
            settled=lambda _: self.done.append("settled"),
            make=lambda plan: self.note("make", plan.disk.name) or ON_NVME,
            prepare=lambda place: self.note("prepare", place.device),
            run=lambda *command: self.note(*command),
            say=lambda *lines: self.note("say", lines[0]),
            TROUBLE=self.trouble,
            _VAR=self.root,
        )
        self.enter(mock.patch("signal.pause", self.pause))
        self.enter(mock.patch.object(status, "read", lambda: {"sections": self.sections}))
        self.enter(mock.patch.object(status, "publish", self.publish))
        self.enter(mock.patch.object(var.remembered, "STATE", self.root))
        self.enter(mock.patch.object(var.wish_of, "__defaults__", (self.root,)))
        self.enter(contextlib.redirect_stderr(io.StringIO()))

    def enter(self, context: contextlib.AbstractContextManager[object]) -> None:
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def patch(self, **replaced: object) -> None:
        for name, value in replaced.items():
            self.enter(mock.patch.object(var, name, value))

    def note(self, *words: object) -> None:
        self.done.append(" ".join(map(str, words)))

    def pause(self) -> None:
        raise Restarted

    def publish(self, section: str, data: Mapping[str, object]) -> None:
        self.sections[section] = json.loads(json.dumps(dict(data)))

    def problems(self) -> list[str]:
        section = self.sections["var"]
        assert isinstance(section, dict)
        return [f"{each['key']}: {each['message']}" for each in section["problems"]]

    def seed(self, key: object) -> None:
        (self.root / "seed/metadata.json").write_text(json.dumps({"instance-id": "a", "var": key} if key else {}))

    def refuses(self) -> Callable[..., object]:
        def act(*_: object) -> object:
            raise WorkError("was made ready")

        return act

    def test_without_the_key_nothing_is_done(self) -> None:
        self.seed(None)
        self.assertEqual(var.main(), 0)
        (self.root / "seed/metadata.json").unlink()
        self.assertEqual(var.main(), 0)
        self.assertEqual((self.done, self.sections), ([], {}))

    def test_without_the_key_what_the_initrd_did_not_take_is_told(self) -> None:
        self.seed(None)
        self.trouble.write_text("several\n")
        self.assertEqual(var.main(), 0)
        self.assertEqual(self.problems(), ["var: several"])
        sections: Mapping[str, Mapping[str, object]] = self.sections  # type: ignore[assignment]
        self.assertEqual(status.state_of({"seed": {"source": "x"}, **sections}), "configuring")

    def test_an_empty_disk_is_made_ready_and_the_box_restarts_once(self) -> None:
        with self.assertRaises(Restarted):
            var.main()
        self.assertEqual(self.done, [
            "settled", "say making a place for /var on nvme0n1", "make nvme0n1", "prepare /dev/nvme0n1p1",
            "say /var is on /dev/nvme0n1p1 from the next start on", "systemctl reboot --no-block",
        ])

    def test_var_on_its_disk_is_no_work(self) -> None:
        self.view = View(ONLY, Candidates((NVME,)), (ON_NVME,), "/dev/nvme0n1p1")
        (self.root / ".kiln-var").touch()
        self.assertEqual(var.main(), 0)
        self.assertFalse((self.root / ".kiln-var").exists())
        self.assertEqual((self.done, self.sections), ([], {"var": {"disk": "/dev/nvme0n1p1", "problems": []}}))

    def test_a_partition_that_was_not_taken_restarts_nothing(self) -> None:
        self.view = View(ONLY, Candidates((NVME,)), (ON_NVME,))
        self.patch(prepare=self.refuses())
        self.assertEqual(var.main(), 75)
        self.assertEqual(self.problems(), ["var: /dev/nvme0n1p1: was made ready"])
        self.assertFalse([each for each in self.done if "reboot" in each])

    def test_what_is_refused_is_told_once_and_breaks_the_box(self) -> None:
        self.patch(decide=lambda *_: Refuse(Problem("var.disk", "x")))
        self.assertEqual([var.main(), var.main()], [75, 75])
        self.assertEqual(self.done, ["settled", "say /var is in memory, and k0s does not start", "settled"])
        sections: Mapping[str, Mapping[str, object]] = self.sections  # type: ignore[assignment]
        self.assertEqual(status.state_of({"seed": {"source": "x"}, **sections}), "broken")

    def test_k0s_starts_after_all_when_what_was_wrong_is_right(self) -> None:
        self.publish("var", {"problems": [{"key": "var", "message": "x"}]})
        self.view = View(ONLY, Candidates((NVME,)), (ON_NVME,), "/dev/nvme0n1p1")
        self.assertEqual(var.main(), 0)
        self.assertEqual(self.done, ["systemctl start --no-block kiln-provision.service"])
