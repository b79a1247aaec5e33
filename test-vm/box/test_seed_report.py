import contextlib
import io
import unittest
from unittest import mock

from kiln.problem import Problem
from kiln.seed_report import Report

WARNING = {"key": "user-data: packages", "message": "has no effect", "severity": "warning"}


class Beside(unittest.TestCase):
    """What is told of a box that goes on living from what it does."""

    def setUp(self) -> None:
        self.section: dict[str, object] = {"source": "cidata on sr0", "problems": [WARNING]}
        self.count = 0
        for patch in (
            mock.patch("kiln.status.read", lambda: {"sections": {"seed": self.section}}),
            mock.patch("kiln.status.publish", self.publish),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            patch.__enter__()
            self.addCleanup(patch.__exit__, None, None, None)

    def publish(self, _: str, data: dict[str, object]) -> None:
        self.section = data
        self.count += 1

    def keys(self) -> list[object]:
        problems = self.section["problems"]
        assert isinstance(problems, list)
        return [each["key"] for each in problems]

    def tell(self, *keys: str, origin: str = "seed") -> None:
        Report(errors=[Problem(key, "is wrong") for key in keys]).publish_beside(origin)

    def test_the_next_medium_takes_the_place_of_the_one_before(self) -> None:
        self.tell("a")
        self.tell("b", "c")
        self.assertEqual(self.keys(), ["user-data: packages", "b", "c"])
        self.tell()
        self.assertEqual(self.keys(), ["user-data: packages"])

    def test_what_cloud_init_could_not_do_is_another_matter(self) -> None:
        self.tell("cloud-init: ssh", origin="cloud-init")
        self.tell("a")
        self.tell()
        self.assertEqual(self.keys(), ["user-data: packages", "cloud-init: ssh"])

    def test_nothing_new_wakes_nobody(self) -> None:
        self.tell()
        self.assertEqual(self.count, 0)
        self.tell("a")
        self.tell("a")
        self.assertEqual(self.count, 1)
