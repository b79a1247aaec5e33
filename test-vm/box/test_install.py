import contextlib
import unittest
from collections.abc import Callable, Sequence
from unittest import mock

from fake_disks import EMPTY, GB, HASH, OTHER, ROOT_UUID, SLOTS, disk, kiln
from kiln import install
from kiln.disk_choice import Candidates
from kiln.disk_contents import Contents
from kiln.disk_table import disk_facts, disk_table
from kiln.disks import Disk
from kiln.fetch import NotNowError
from kiln.install_decision import NO_SEED, Already, Install, View, Wait, decide, mark_of
from kiln.install_esp import Mark
from kiln.install_layout import Image
from kiln.install_report import key_lines
from kiln.install_seed import Found, Order, choose
from kiln.install_state import Step
from kiln.install_work import WorkError
from kiln.problem import Problem
from kiln.seed_address import Hint
from kiln.seed_files import NOCLOUD, Seed
from kiln.status import Box, compose
from kiln.summary import summary

NVME = disk("nvme0n1", 480 * GB, bus="nvme", model="ACME SSD", serial="S1",
            links=("/dev/disk/by-id/nvme-ACME_SSD_S1",))
SDA = disk("sda", 2000 * GB, bus="ata", model="Spin", serial="S2")
STICK = disk("sdb", 8 * GB, bus="usb", label="KILN", filesystem="iso9660")


def found(install: str = "{disk: only}", instance_id: str = "i-1", at: str | None = "sr0") -> Found:
    text = f"instance-id: {instance_id}\ninstall: {install}\n"
    return Found(Seed(NOCLOUD, f"cidata on {at}" if at else "http://h/", {"meta-data": text.encode()}), at)


def order(install: str = "{disk: only}") -> Order:
    made, problems = choose([found(install)], Hint())
    assert made is not None, problems
    return made


class Deciding(unittest.TestCase):
    def view(
        self, given: Order | None, disks: dict[Disk, Contents], marks: dict[str, Mark] | None = None
    ) -> View:
        contents = {each.name: what for each, what in disks.items()}
        return View(given, [], False, Candidates(tuple(disks)), contents, marks or {}, HASH, ROOT_UUID, SLOTS)

    def test_without_a_seed_nothing_is_done(self) -> None:
        self.assertEqual(decide(self.view(None, {NVME: EMPTY})), Wait(NO_SEED))

    def test_one_empty_disk(self) -> None:
        given = order()
        self.assertEqual(decide(self.view(given, {NVME: EMPTY})), Install(given, NVME, Step("new")))

    def test_two_disks_and_no_clear_choice(self) -> None:
        reason = "only is said of 2 disks (nvme0n1, sda); say more, so that one is left"
        self.assertEqual(decide(self.view(order(), {NVME: EMPTY, SDA: EMPTY})),
                         Wait("waiting for one disk to be meant", (Problem("install.disk", reason),)))

    def test_a_disk_with_data(self) -> None:
        reason = "has a GPT with 2 partitions (vfat, ext4); it is taken only with install.wipe: true"
        self.assertEqual(decide(self.view(order(), {NVME: OTHER})),
                         Wait("nvme0n1 is not taken", (Problem("install.disk: nvme0n1", reason),)))
        wipe = order("{disk: only, wipe: true}")
        self.assertEqual(decide(self.view(wipe, {NVME: OTHER})), Install(wipe, NVME, Step("anew")))

    def test_the_same_image_and_seed_are_not_installed_again(self) -> None:
        given = order()
        mark = mark_of(given, HASH)
        self.assertEqual(decide(self.view(given, {NVME: kiln()}, {"nvme0n1": mark})), Already(given, NVME, mark))
        for other in (Mark("f" * 64, "i-1", mark.digest), Mark(HASH, "i-0", mark.digest), Mark(HASH, "i-1", "x")):
            decision = decide(self.view(given, {NVME: kiln()}, {"nvme0n1": other}))
            self.assertIsInstance(decision, Install)

    def test_another_disk_with_the_same_image_is_told(self) -> None:
        twin = kiln()
        assert twin.table is not None
        view = self.view(order("{disk: /dev/nvme0n1}"), {NVME: EMPTY, SDA: twin})
        uuid = twin.table.partitions()[2].uuid
        decision = decide(View(**{**vars(view), "root_uuid": uuid}))
        assert isinstance(decision, Install)
        self.assertEqual([each.key for each in decision.warnings], ["sda"])


class Telling(unittest.TestCase):
    FOUND = Candidates((NVME, SDA), ((STICK, "has the installer on it"),))

    def test_the_table(self) -> None:
        self.assertEqual(
            disk_table(self.FOUND, {"nvme0n1": "nothing", "sda": "ext4"}),
            [
                "disk     size    bus   model     serial  has",
                "sda      2 TB    ata   Spin      S2      ext4",
                "sdb      8 GB    usb   -         -       has the installer on it",
                "nvme0n1  480 GB  nvme  ACME SSD  S1      nothing",
            ],
        )
        self.assertEqual(disk_table(Candidates(()), {}),
                         ["no disk is there; it is looked for again when one comes"])

    def test_lines_for_the_key(self) -> None:
        self.assertEqual(
            key_lines(self.FOUND),
            [
                "to install onto one of them, put a line like these into the seed's meta-data:",
                "install: { disk: /dev/disk/by-id/nvme-ACME_SSD_S1 }",
                "install: { disk: /dev/sda }",
            ],
        )
        self.assertEqual(key_lines(Candidates(())), [])

    def test_facts_for_scripts(self) -> None:
        facts = {each["path"]: each for each in disk_facts(self.FOUND, {"sda": "ext4"})}
        self.assertEqual(facts["/dev/sda"]["has"], "ext4")
        self.assertEqual(facts["/dev/sdb"]["refused"], "has the installer on it")
        self.assertEqual(facts["/dev/nvme0n1"]["stable-path"], "/dev/disk/by-id/nvme-ACME_SSD_S1")

    def test_the_banner(self) -> None:
        section = {"state": "waiting", "text": NO_SEED, "problems": [{"key": "install.disk", "message": "is gone"}]}
        status = compose({"install": section}, Box("kiln"))
        self.assertEqual(status["state"], "waiting")
        self.assertEqual(
            summary(status),
            "  state    installer: waiting for a seed with an `install` key\n  problem  install.disk: is gone\n",
        )


class Flow(unittest.TestCase):
    """The loop's steps, on a machine that is made of mocks."""

    def setUp(self) -> None:
        self.media: list[Found] = [found()]
        self.disks: list[Disk] = [NVME]
        self.contents: dict[str, Contents] = {}
        self.mark: Mark | None = None
        self.fetched: Callable[[], object] = lambda: (None, [])
        self.fetches = 0
        self.boots = True
        self.fails: Exception | None = None
        self.said: list[str] = []
        self.published: list[tuple[object, ...]] = []
        self.done: list[tuple[object, ...]] = []
        self.now = 1_000_000.0
        replaced = {
            "_read_media": lambda installed: ([each for each in self.media if each.disk not in installed], []),
            "_has_kiln": lambda each: self.contents.get(each.name, EMPTY).kind == "kiln",
            "list_disks": lambda: self.disks,
            "_contents": lambda each: self.contents.get(each.name, EMPTY),
            "publish": lambda *arguments, **named: self.published.append(arguments),
            "say": lambda *lines: self.said.extend(lines),
            "run": lambda *command: self.done.append(command),
        }
        for name, value in replaced.items():
            self.patch(mock.patch.object(install, name, value))
        works = {
            "install": self._install,
            "mark_on": lambda *_: self.mark,
            "start_from_disk": lambda each, mark: self.done.append(("start", each.name)) or self.boots,
        }
        for name, value in works.items():
            self.patch(mock.patch.object(install.work, name, value))
        self.patch(mock.patch("time.time", lambda: self.now))
        self.patch(mock.patch("kiln.fetch.fetch", self._fetch))
        self.hint = Hint()
        self.installer = self.make()

    def make(self) -> install.Installer:
        return install.Installer(Image("0.1.0", HASH), SLOTS, self.hint, "KILN")

    def patch(self, context: contextlib.AbstractContextManager[object]) -> None:
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def _install(self, plan: Install, *_: object) -> Sequence[Problem]:
        self.done.append(("install", plan.disk.name, plan.step.kind))
        if self.fails:
            raise self.fails
        return []

    def _fetch(self, _: str) -> object:
        self.fetches += 1
        return self.fetched()

    def test_an_empty_disk_is_installed_and_the_machine_restarts(self) -> None:
        self.assertTrue(self.installer.step())
        self.assertEqual(self.done, [("install", "nvme0n1", "new"), ("systemctl", "reboot", "--no-block")])
        self.assertEqual([state for state, *_ in self.published], ["installing", "installed"])
        self.assertIn("installed: Kiln 0.1.0 is on nvme0n1 (480 GB) as i-1", self.said)

    def test_it_switches_itself_off_when_told_so(self) -> None:
        self.media = [found("{disk: only, then: poweroff}")]
        self.assertTrue(self.installer.step())
        self.assertEqual(self.done[-1], ("systemctl", "poweroff", "--no-block"))

    def test_the_installers_own_medium_is_no_candidate(self) -> None:
        self.disks = [NVME, STICK]
        self.assertTrue(self.installer.step())
        self.disks, self.media, self.done = [STICK], [found("{disk: {bus: usb}}")], []
        self.assertFalse(self.installer.step())
        self.assertIn("install.disk: sdb is meant, and has the installer on it", self.said)
        self.assertEqual(self.done, [])

    def test_the_disk_with_the_seed_is_no_candidate(self) -> None:
        self.disks, self.media = [SDA], [found(at="sda")]
        self.assertFalse(self.installer.step())
        self.assertEqual(self.done, [])

    def test_a_seed_that_made_a_disk_what_it_is_orders_nothing(self) -> None:
        # As `kiln flash --seed` leaves one.
        self.contents = {"sda": kiln()}
        self.disks, self.media = [NVME, SDA], [found("{disk: {bus: nvme}}", at="sda")]
        self.assertFalse(self.installer.step())
        self.assertIn(f"{NO_SEED}; nothing is written", self.said)
        self.media = [*self.media, found("{disk: {bus: ata}}", "i-2")]
        self.assertTrue(self.installer.step())
        self.assertEqual(self.done[0], ("install", "sda", "keep"))

    def test_without_a_seed_it_lists_what_it_sees_once(self) -> None:
        self.media = []
        self.assertFalse(self.installer.step())
        self.assertIn(f"{NO_SEED}; nothing is written", self.said)
        self.assertIn("install: { disk: /dev/disk/by-id/nvme-ACME_SSD_S1 }", self.said)
        before = list(self.said)
        self.assertFalse(self.installer.step())
        self.assertEqual(self.said, before)
        self.media = [found()]
        self.assertTrue(self.installer.step())

    def test_a_failure_is_told_and_the_machine_stays(self) -> None:
        for self.fails in (WorkError("mkfs.fat failed: no"), OSError(5, "Input/output error")):
            self.assertFalse(self.installer.step())
        self.assertEqual([each for each in self.done if each[0] == "systemctl"], [])
        self.assertIn("install: nvme0n1: mkfs.fat failed: no", self.said)
        self.assertIn("install: nvme0n1: [Errno 5] Input/output error", self.said)

    def already(self, **values: float) -> None:
        self.contents = {"nvme0n1": kiln()}
        self.mark = Mark(HASH, "i-1", found().seed.digest(), **values)

    def test_a_medium_that_was_left_in_starts_the_disk(self) -> None:
        self.already()
        self.assertTrue(self.installer.step())
        self.assertEqual(self.done, [("start", "nvme0n1"), ("systemctl", "reboot", "--no-block")])

    def test_firmware_that_starts_the_installer_all_the_same_ends_no_loop(self) -> None:
        self.already(restarted=self.now - 60)
        self.assertFalse(self.installer.step())
        self.assertEqual(self.done, [])
        self.assertEqual(self.said, ["already installed on nvme0n1 as i-1",
                                     "take the installer's medium out and restart the machine",
                                     "to install it again, give the seed another instance-id"])

    def test_a_day_later_it_starts_the_disk_again(self) -> None:
        self.already(restarted=self.now - 86_400)
        self.assertTrue(self.installer.step())

    def test_firmware_that_takes_no_entries_leaves_it_to_people(self) -> None:
        self.boots = False
        self.already()
        self.assertFalse(self.installer.step())
        self.assertEqual(self.done, [("start", "nvme0n1")])
        self.assertFalse(self.installer.step())
        self.assertEqual(self.done, [("start", "nvme0n1")])

    def test_a_seed_of_an_address_is_got_once(self) -> None:
        self.hint, self.media = Hint("http://h/", {}, True), []
        self.installer = self.make()

        def silent() -> object:
            raise NotNowError("does not answer")

        self.fetched = silent
        self.assertFalse(self.installer.step())
        self.assertIn(f"{NO_SEED}; nothing is written", self.said)
        self.assertIn("http://h/: does not answer; it is asked again until it has the seed", self.said)
        self.fetched = lambda: (None, [Problem("http://h/", "has no file meta-data")])
        self.assertFalse(self.installer.step())
        self.assertIn("the seed cannot be followed; nothing is written", self.said)
        self.assertIn("http://h/: has no file meta-data", self.said)
        self.disks, self.fetched = [], lambda: (found(at=None).seed, [])
        self.assertFalse(self.installer.step())
        self.fetched = silent
        self.disks = [NVME]
        self.assertTrue(self.installer.step())
        self.assertEqual(self.fetches, 3)

    def test_a_medium_comes_before_an_address(self) -> None:
        self.hint = Hint("http://h/", {}, True)
        self.installer = self.make()
        self.assertTrue(self.installer.step())
        self.assertEqual(self.fetches, 0)

    def test_words_of_the_command_line(self) -> None:
        line = "ro roothash=ab kiln.install kiln.medium=A kiln.medium=B\n"
        self.assertEqual(install.word(line, "kiln.medium"), "B")
        self.assertIsNone(install.word(line, "kiln.root"))
