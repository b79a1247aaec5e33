import unittest

from kiln.problem import Problem, did_you_mean


class Problems(unittest.TestCase):
    def test_a_problem_reads_as_key_and_message(self) -> None:
        self.assertEqual(str(Problem("k0s.role", "is missing")), "k0s.role: is missing")

    def test_a_near_word_is_proposed_and_all_are_told_otherwise(self) -> None:
        self.assertEqual(did_you_mean("tokn", ["token", "role"]), '; did you mean "token"?')
        self.assertEqual(did_you_mean("zzz", ["token", "role"]), "; known are role, token")
