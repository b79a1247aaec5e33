import unittest
from pathlib import Path

from kiln.kubelet_healthz import address_in, healthz_address

DEFAULT = ("127.0.0.1", 10248)


class Healthz(unittest.TestCase):
    def test_without_a_word_it_is_where_kubelets_have_it(self) -> None:
        self.assertEqual(address_in("kind: KubeletConfiguration\n", ""), DEFAULT)
        self.assertEqual(healthz_address(Path("/nonexistent"), Path("/nonexistent")), DEFAULT)

    def test_a_worker_profile_puts_it_elsewhere(self) -> None:
        self.assertEqual(address_in("healthzPort: 10300\nhealthzBindAddress: 10.0.0.5\n", ""), ("10.0.0.5", 10300))
        self.assertEqual(address_in('{\n  "healthzPort": 10300,\n  "x": 1\n}', ""), ("127.0.0.1", 10300))

    def test_an_address_of_all_cards_is_asked_on_the_box_itself(self) -> None:
        self.assertEqual(address_in("healthzBindAddress: 0.0.0.0\n", ""), DEFAULT)
        self.assertEqual(address_in('healthzBindAddress: "::"\n', ""), ("::1", 10248))

    def test_flags_of_the_kubelet_come_first(self) -> None:
        flags = 'KILN_K0S_ARGS="\\"--kubelet-extra-args=--v=2 --healthz-port=10301\\""\n'
        self.assertEqual(address_in("healthzPort: 10300\n", flags), ("127.0.0.1", 10301))

    def test_port_0_is_none(self) -> None:
        self.assertIsNone(address_in("healthzPort: 0\n", ""))
        self.assertIsNone(address_in("", "--healthz-port=0"))


if __name__ == "__main__":
    unittest.main()
