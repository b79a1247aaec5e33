import tempfile
import unittest

from k0s_standin.http import Request, Subject
from k0s_standin.log import Log
from k0s_standin.members import add_learner, bootstrap, leave
from k0s_standin.peers import Peers


def question(address: str, member_id: str) -> Request:
    return Request("GET", "/stand-in/state", {"id": member_id}, {}, b"", Subject(address, ()))


class Newcomers(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.store = bootstrap(f"{directory.name}/db", "a", "10.0.0.1")
        self.peers = Peers(self.store, "10.0.0.1", "", Log("test", False))

    def test_who_another_member_let_in_is_answered_and_will_be_heard(self) -> None:
        answer = self.peers._answer(question("10.0.0.2", "abcd"))
        self.assertEqual(answer.status, 200)
        self.assertEqual(self.peers._newcomers, {"10.0.0.2"})

    def test_who_has_left_is_told_so(self) -> None:
        member = add_learner(self.store, "b", "10.0.0.2")[1]
        leave(self.store, "10.0.0.2")
        self.assertEqual(self.peers._answer(question("10.0.0.2", member.id)).status, 410)
        self.assertEqual(self.peers._newcomers, set())
