import unittest
from collections.abc import Sequence

from kiln.problem import Problem
from kiln.remembered import Record, make_record
from kiln.seed_check import Examined, examine
from kiln.seed_choice import Choice, choose
from kiln.seed_files import NOCLOUD, Seed


def seed(meta_data: str, source: str = "cidata on sr0") -> Seed:
    return Seed(NOCLOUD, source, {"meta-data": meta_data.encode()})


def look(found: Seed) -> Examined:
    return examine(found, {})


def decide(found: Sequence[Seed], remembered: Record | None, unreadable: Sequence[Problem] = ()) -> Choice:
    return choose(found, unreadable, remembered, look)


A = seed("instance-id: a\n")
B = seed("instance-id: b\n", "cidata on sda")
OF_A = make_record(A, "a")


class Choices(unittest.TestCase):
    def kept(self, choice: Choice, *keys: str) -> None:
        self.assertEqual(choice.kept, OF_A)
        self.assertIsNone(choice.fresh)
        self.assertEqual([each.key for each in choice.errors], list(keys))

    def test_nothing_there_and_nothing_remembered(self) -> None:
        self.assertEqual(decide([], None), Choice())

    def test_the_remembered_seed_needs_no_medium(self) -> None:
        self.kept(decide([], OF_A))

    def test_the_same_seed_again_is_not_looked_at(self) -> None:
        def refuse(_: Seed) -> Examined:
            raise AssertionError("it was looked at")

        self.kept(choose([A], [], OF_A, refuse))

    def test_a_first_good_seed_is_used_and_remembered(self) -> None:
        choice = decide([A], None)
        self.assertTrue(choice.fresh is not None and choice.remember)
        self.assertEqual(choice.errors, ())

    def test_a_good_seed_with_another_instance_id_takes_the_place(self) -> None:
        choice = decide([B], OF_A)
        self.assertTrue(choice.fresh is not None and choice.remember)
        self.assertIsNone(choice.kept)

    def test_other_contents_under_the_same_instance_id_are_not_used(self) -> None:
        self.kept(decide([seed("instance-id: a\nlocal-hostname: x\n")], OF_A), "cidata on sr0: instance-id")

    def test_a_broken_seed_does_not_replace_a_good_one(self) -> None:
        self.kept(decide([seed("local-hostname: x\n")], OF_A), "meta-data")
        self.kept(decide([seed("instance-id: b\nk0s: {role: x}\n")], OF_A), "k0s.role")
        [problem] = decide([seed("local-hostname: x\n", "cidata on sda")], OF_A).errors
        self.assertRegex(problem.message, r"\(in cidata on sda, which is not used: the box stays a\)$")
        self.kept(decide([], OF_A, [Problem("cidata on sr0", "cannot be read")]), "cidata on sr0")

    def test_a_broken_first_seed_is_not_used(self) -> None:
        choice = decide([seed("local-hostname: x\n")], None)
        self.assertIsNone(choice.fresh)
        self.assertEqual([each.key for each in choice.errors], ["meta-data"])

    def test_mistakes_of_k0s_alone_leave_a_first_box_reachable(self) -> None:
        choice = decide([seed("instance-id: b\nk0s: {role: x}\n")], None)
        self.assertIsNotNone(choice.fresh)
        self.assertFalse(choice.remember)
        self.assertEqual([each.key for each in choice.errors], ["k0s.role"])

    def test_of_two_different_seeds_none_is_used(self) -> None:
        self.kept(decide([A, B], OF_A), "cidata on sr0 and cidata on sda")
        self.assertIsNone(decide([A, B], None).fresh)

    def test_two_media_with_the_same_seed_are_one(self) -> None:
        twin = Seed(NOCLOUD, "cidata on sda", A.files)
        self.assertTrue(decide([A, twin], None).remember)

    def test_a_good_seed_beside_an_unreadable_one_is_not_used(self) -> None:
        self.kept(decide([B], OF_A, [Problem("cidata on sr1", "cannot be read")]), "cidata on sr1")
