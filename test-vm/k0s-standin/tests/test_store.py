import tempfile
import unittest

from k0s_standin.failure import Conflict, Failure
from k0s_standin.members import add_learner, bootstrap, has_left, joined, leave, members, promote
from k0s_standin.nodes import GRACE, NodeDescription, new_node, node_object, registration
from k0s_standin.store import MEMBERS, NODES, SEEN, Store


class Cluster(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = directory.name
        self.first = bootstrap(f"{self.root}/first/db", "a", "10.0.0.1")

    def test_a_member_joins_as_a_learner_and_is_promoted_once(self) -> None:
        self.assertEqual([each.name for each in add_learner(self.first, "b", "10.0.0.2")], ["a", "b"])
        self.assertTrue(members(self.first)[1].is_learner)
        self.assertTrue(promote(self.first, "10.0.0.2"))
        self.assertFalse(promote(self.first, "10.0.0.2"))
        self.assertFalse(members(self.first)[1].is_learner)

    def test_joining_is_not_idempotent(self) -> None:
        add_learner(self.first, "b", "10.0.0.2")
        with self.assertRaisesRegex(Conflict, "Peer URLs already exists"):
            add_learner(self.first, "b", "10.0.0.2")

    def test_there_is_one_learner_at_a_time(self) -> None:
        add_learner(self.first, "b", "10.0.0.2")
        with self.assertRaisesRegex(Conflict, "too many learner members"):
            add_learner(self.first, "c", "10.0.0.3")

    def test_who_left_may_join_again_as_somebody_new(self) -> None:
        old = add_learner(self.first, "b", "10.0.0.2")[1]
        leave(self.first, "10.0.0.2")
        self.assertTrue(has_left(self.first, "10.0.0.2", old.id))
        new = add_learner(self.first, "b", "10.0.0.2")[1]
        self.assertNotEqual(new.id, old.id)
        self.assertTrue(has_left(self.first, "10.0.0.2", old.id))
        self.assertFalse(has_left(self.first, "10.0.0.2", new.id))

    def test_who_was_never_heard_of_has_not_left(self) -> None:
        self.assertFalse(has_left(self.first, "10.0.0.9", "abcd"))

    def test_who_is_known_by_address_alone_has_not_left(self) -> None:
        second = joined(f"{self.root}/second/db", members(self.first))
        self.assertFalse(has_left(second, "10.0.0.1", members(self.first)[0].id))
        self.assertFalse(has_left(self.first, "10.0.0.1", ""))

    def test_the_last_member_cannot_leave_nor_one_that_is_none(self) -> None:
        with self.assertRaisesRegex(Conflict, "not enough started members"):
            leave(self.first, "10.0.0.1")
        with self.assertRaisesRegex(Conflict, "peer not found: https://10.0.0.9:2380"):
            leave(self.first, "10.0.0.9")

    def test_a_joined_member_learns_the_rest_from_the_others(self) -> None:
        second = joined(f"{self.root}/second/db", add_learner(self.first, "b", "10.0.0.2"))
        self.assertEqual(second.cluster, "")
        self.assertEqual([each.address for each in members(second)], ["10.0.0.1", "10.0.0.2"])
        second.merge(self.first.state())
        self.assertEqual(second.cluster, self.first.cluster)
        self.assertEqual(members(second), members(self.first))

    def test_states_agree_whichever_is_read_first(self) -> None:
        second = joined(f"{self.root}/second/db", members(self.first))
        second.merge(self.first.state())
        self.first.put(NODES, "n", {"value": 1})
        second.put(NODES, "n", {"value": 2})
        self.first.remove(MEMBERS, "10.0.0.9", "left")
        self.first.merge(second.state())
        second.merge(self.first.state())
        self.assertEqual(self.first.state(), second.state())

    def test_another_cluster_is_not_merged(self) -> None:
        other = bootstrap(f"{self.root}/other/db", "a", "10.0.0.1")
        with self.assertRaisesRegex(Conflict, "cluster ID mismatch"):
            self.first.merge(other.state())

    def test_the_file_has_all_but_heartbeats(self) -> None:
        self.first.put(NODES, "n", {"value": 1, SEEN: 5.0})
        again = Store.load(f"{self.root}/first/db")
        self.assertEqual(again.cluster, self.first.cluster)
        self.assertEqual(again.get(NODES, "n"), {"value": 1, "version": 1})

    def test_a_damaged_file_is_named(self) -> None:
        path = f"{self.root}/first/db"
        for text in ("", "{", "[]", '{"cluster": "x"}'):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            with self.assertRaisesRegex(Failure, f"{path} is damaged"):
                Store.load(path)


class Nodes(unittest.TestCase):
    def test_a_node_is_ready_while_it_is_heard_of(self) -> None:
        description = NodeDescription("n", "10.0.0.1", (("a", "b"),), (("k", "v", "NoExecute"),))
        name, record = new_node(registration(description), 100.0)
        shown = node_object(name, record, 100.0)
        self.assertEqual(shown["metadata"]["labels"]["a"], "b")
        self.assertEqual(shown["spec"]["taints"], [{"key": "k", "value": "v", "effect": "NoExecute"}])
        for now, status in ((100.0, "True"), (100.0 + GRACE + 1, "Unknown")):
            self.assertEqual(node_object(name, record, now)["status"]["conditions"][0]["status"], status)


if __name__ == "__main__":
    unittest.main()
