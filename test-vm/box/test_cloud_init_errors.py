import unittest

from kiln.cloud_init_errors import read_errors


class Errors(unittest.TestCase):
    def keys(self, *errors: str) -> list[str]:
        status = {"v1": {"stage": None, "init": {"errors": list(errors)}, "init-local": {"errors": []}}}
        return [str(each) for each in read_errors(status)]

    def test_a_module_is_named_and_its_arguments_are_not(self) -> None:
        found = self.keys("('users_groups', ProcessExecutionError(\"useradd --password secret\"))")
        hint = "see /var/log/cloud-init.log on the box"
        self.assertEqual(found, [f"cloud-init: users_groups: ended with ProcessExecutionError; {hint}"])

    def test_other_errors_are_told_in_one_short_line_and_once(self) -> None:
        found = self.keys("Address x is not valid\nmore", "Address x is not valid\nmore", "y" * 500)
        self.assertEqual(len(found), 2)
        self.assertRegex(found[0], "^cloud-init: Address x is not valid; see")
        self.assertLess(len(found[1]), 230)

    def test_a_status_that_is_none(self) -> None:
        for status in ({}, [], None, {"v1": 1}, {"v1": {"init": {"errors": 1}}}):
            self.assertEqual(read_errors(status), [])
