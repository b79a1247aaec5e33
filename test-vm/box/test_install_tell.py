import io
import unittest
import urllib.error
from email.message import Message

from kiln.install_tell import tell_server


class Telling(unittest.TestCase):
    def test_the_server_is_told_once_below_its_address(self) -> None:
        told: list[str] = []
        self.assertIsNone(tell_server("http://10.0.0.1:8080/", told.append))
        self.assertIsNone(tell_server("http://10.0.0.1", told.append))
        self.assertEqual(told, ["http://10.0.0.1:8080/installed", "http://10.0.0.1/installed"])

    def test_without_a_server_there_is_nothing_to_tell(self) -> None:
        def post(_: str) -> None:
            self.fail("told nobody")

        self.assertIsNone(tell_server(None, post))

    def test_a_server_that_does_not_know_it_is_no_failure(self) -> None:
        def post(address: str) -> None:
            raise urllib.error.HTTPError(address, 404, "Not Found", Message(), io.BytesIO())

        reason = tell_server("http://h/", post)
        self.assertEqual(reason, "http://h/ was not told that this machine is installed: HTTP Error 404: Not Found")

    def test_an_address_of_another_kind_is_not_asked(self) -> None:
        self.assertRegex(tell_server("file:///etc") or "", "no address that starts with http")


if __name__ == "__main__":
    unittest.main()
