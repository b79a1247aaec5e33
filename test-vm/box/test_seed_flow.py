import contextlib
import io
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from kiln import seed as flow
from kiln.fetch import NotNowError
from kiln.remembered import Record, make_record
from kiln.seed_address import Hint
from kiln.seed_files import NOCLOUD, Seed

ADDRESS = "http://h/"


def seed(instance_id: str) -> Seed:
    return Seed(NOCLOUD, "cidata on sr0", {"meta-data": f"instance-id: {instance_id}\n".encode()})


class Flow(unittest.TestCase):
    """The commands, on a box that is made of mocks."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.done: list[tuple[object, ...]] = []
        self.media: list[Seed] = []
        self.remembered: Record | None = None
        self.hint = Hint()
        self.state = "unconfigured"
        self.uptime = 1000.0
        self.is_network_boot = False
        self.fetched: Callable[[], object] = lambda: None
        self.restarted = Path(directory.name, "restarted")
        replaced = {
            "read_hint": lambda: self.hint,
            "uptime": lambda: self.uptime,
            "is_network_boot": lambda: self.is_network_boot,
            "mark": self.note("mark"),
            "run": self.note("run"),
            "late_start": mock.Mock(start=self.note("start")),
            "restart": self.note("restart"),
            "_load": lambda _: self.remembered,
            "_read_media": lambda: (self.media, []),
            "_wait_for_media": lambda: (self.media, []),
            "_remember": lambda examined, _: self.done.append(("remember", examined.instance_id)),
            "_RESTARTED": self.restarted,
        }
        for name, value in replaced.items():
            self.patch(mock.patch.object(flow, name, value))
        for name in ("clear", "rotate_logs", "point_at", "switch"):
            self.patch(mock.patch.object(flow.cloud_init, name, self.note(name)))
        self.patch(mock.patch.object(flow.cloud_init, "point_at_clouds", lambda: None))
        self.patch(mock.patch("kiln.status.read", lambda: {"state": self.state, "sections": {"seed": {}}}))
        self.patch(mock.patch("kiln.status.publish", self.note("publish")))
        self.patch(mock.patch("kiln.fetch.fetch", lambda _: self.fetched()))
        self.patch(contextlib.redirect_stdout(io.StringIO()))
        self.patch(contextlib.redirect_stderr(io.StringIO()))

    def patch(self, context: contextlib.AbstractContextManager[object]) -> None:
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def note(self, what: str) -> Callable[..., None]:
        def act(*arguments: object, **named: object) -> None:
            self.done.append((what, *arguments, *named.values()))

        return act

    def did(self, what: str) -> list[list[object]]:
        return [arguments for name, *arguments in self.done if name == what]

    def published(self) -> dict[str, object]:
        [[_, data]] = self.did("publish")
        assert isinstance(data, dict)
        return data

    def test_a_disk_for_var_is_no_use_to_a_box_that_has_its_own(self) -> None:
        files = {"meta-data": b"instance-id: a\nvar: {disk: only}\n"}
        for self.is_network_boot, told in ((False, ["var"]), (True, [])):
            found = flow._examine(Seed(NOCLOUD, "cidata on sr0", files), Hint())
            self.assertEqual([each.key for each in found.findings.warnings], told)
            self.assertTrue(found.is_good)

    def test_a_box_without_any_seed_leaves_cloud_init_off(self) -> None:
        flow.boot()
        self.assertEqual(self.did("switch"), [[False]])
        self.assertEqual(self.published()["source"], None)

    def test_a_medium_is_remembered_before_it_is_used(self) -> None:
        self.media = [seed("a")]
        flow.boot()
        names = [name for name, *_ in self.done]
        self.assertLess(names.index("remember"), names.index("point_at"))
        self.assertEqual(self.did("switch"), [[True]])
        self.assertEqual(self.published()["instance-id"], "a")

    def test_an_address_is_left_to_the_network(self) -> None:
        self.hint = Hint(ADDRESS, {}, True)
        flow.boot()
        self.assertEqual(self.did("mark"), [[flow.WANTED]])
        self.assertEqual(self.did("switch"), [])

    def test_a_remembered_seed_of_an_address_is_used_and_asked_for_again(self) -> None:
        self.hint = Hint(ADDRESS, {}, True)
        self.remembered = make_record(seed("a"), "a", address=ADDRESS)
        flow.boot()
        self.assertEqual(self.did("switch"), [[True]])
        self.assertEqual(self.did("mark"), [[flow.REFRESH]])

    def test_a_seed_of_a_medium_is_not_replaced_by_an_address(self) -> None:
        self.hint = Hint(ADDRESS, {}, True)
        self.remembered = make_record(seed("a"), "a")
        flow.boot()
        self.assertEqual(self.did("mark"), [])

    def test_the_command_line_alone_is_a_seed_when_it_names_the_instance(self) -> None:
        self.hint = Hint(None, {"instance-id": "line"}, True)
        flow.boot()
        self.assertEqual(self.did("remember"), [["line"]])

    def test_a_first_seed_from_the_network_starts_cloud_init_late(self) -> None:
        self.hint, self.fetched = Hint(ADDRESS, {}, True), lambda: (seed("a"), [])
        flow.net()
        self.assertEqual(self.did("remember"), [["a"]])
        self.assertEqual(self.did("start"), [[False]])

    def test_a_server_that_stays_silent_is_asked_beside_the_boot(self) -> None:
        def silent() -> object:
            raise NotNowError("does not answer")

        self.hint, self.fetched = Hint(ADDRESS, {}, True), silent
        with mock.patch.object(flow, "_FIRST_SECONDS", 0.0):
            flow.net()
        self.assertEqual(self.did("mark"), [[flow.REFRESH]])
        self.assertIn("kiln-seed-refresh.service", self.did("run")[-1])
        with self.assertRaises(SystemExit):
            flow.refresh()

    def test_another_seed_at_the_address_restarts_the_box_once(self) -> None:
        self.hint, self.fetched = Hint(ADDRESS, {}, True), lambda: (seed("b"), [])
        self.remembered = make_record(seed("a"), "a", address=ADDRESS)
        flow.refresh()
        self.assertEqual(self.did("remember"), [["b"]])
        self.assertEqual(len(self.did("restart")), 1)
        self.assertTrue(self.restarted.exists())
        self.done.clear()
        flow.refresh()
        self.assertEqual(self.did("remember"), [])
        self.assertEqual(self.did("restart"), [])
        self.assertEqual(len(self.published()["problems"]), 1)

    def test_the_same_seed_at_the_address_changes_nothing(self) -> None:
        self.hint, self.fetched = Hint(ADDRESS, {}, True), lambda: (seed("a"), [])
        self.remembered = make_record(seed("a"), "a", address=ADDRESS)
        self.restarted.touch()
        flow.refresh()
        self.assertEqual(self.done, [])
        self.assertFalse(self.restarted.exists())

    def test_an_idle_box_becomes_what_is_plugged_in(self) -> None:
        for self.state in ("unconfigured", "broken"):
            self.media = [seed("b")]
            self.done.clear()
            flow.plugged()
            self.assertEqual(self.did("remember"), [["b"]])
            self.assertEqual(len(self.did("restart")), 1)

    def test_a_box_at_work_only_tells_of_it(self) -> None:
        self.state, self.media = "ready", [seed("b")]
        self.remembered = make_record(seed("a"), "a")
        flow.plugged()
        self.assertEqual([name for name, *_ in self.done], ["publish"])
        [problem] = self.published()["problems"]
        self.assertEqual(problem["severity"], "warning")
        self.assertEqual(problem["message"], "has the seed b; the box becomes it at its next start")

    def test_a_medium_that_is_late_was_there_all_the_time(self) -> None:
        self.state, self.media, self.uptime = "starting", [seed("b")], 20.0
        self.remembered = make_record(seed("a"), "a")
        flow.plugged()
        self.assertEqual(len(self.did("restart")), 1)

    def test_a_broken_medium_is_told_and_changes_nothing(self) -> None:
        self.media = [Seed(NOCLOUD, "cidata on sdb", {"meta-data": b"["})]
        flow.plugged()
        self.assertEqual([name for name, *_ in self.done], ["publish"])
