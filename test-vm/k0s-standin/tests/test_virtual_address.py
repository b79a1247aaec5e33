import tempfile
import unittest

from k0s_standin.log import Log
from k0s_standin.members import add_learner, bootstrap, members
from k0s_standin.peers import Peers
from k0s_standin.virtual_address import (
    VirtualAddress,
    choose_interface,
    default_interface,
    gratuitous_arp,
    virtual_addresses,
)

CARDS = {"lo": "00:00:00:00:00:00", "lan": "52:54:00:00:00:11", "lan2": "52:54:00:00:00:12"}
ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
lan2\t00000000\t0100000A\t0003\t0\t0\t1024\t00000000\t0\t0\t0
lan\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0
lan\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""


def config(enabled: bool) -> dict[str, object]:
    instances = [
        {"virtualIPs": ["10.0.0.10/24"], "authPass": "secret", "interface": "lan"},
        {"virtualIPs": ["10.0.0.9/24", "fd00::9/64"], "authPass": "secret"},
    ]
    balancing = {"enabled": enabled, "type": "Keepalived", "keepalived": {"vrrpInstances": instances}}
    return {"spec": {"network": {"controlPlaneLoadBalancing": balancing}}}


class Addresses(unittest.TestCase):
    def test_all_instances_count_when_load_balancing_is_on(self) -> None:
        self.assertEqual(
            virtual_addresses(config(True)),
            [
                VirtualAddress("10.0.0.10/24", "lan"),
                VirtualAddress("10.0.0.9/24", ""),
                VirtualAddress("fd00::9/64", ""),
            ],
        )
        self.assertEqual(virtual_addresses(config(False)), [])
        self.assertEqual(virtual_addresses({}), [])


class Interfaces(unittest.TestCase):
    def test_an_interface_goes_by_its_name_or_its_mac(self) -> None:
        self.assertEqual(choose_interface("lan2", CARDS, ROUTES), "lan2")
        self.assertEqual(choose_interface("52:54:00:00:00:12", CARDS, ROUTES), "lan2")
        self.assertEqual(choose_interface("eth0", CARDS, ROUTES), "")

    def test_without_either_it_is_that_of_the_best_default_route(self) -> None:
        self.assertEqual(choose_interface("", CARDS, ROUTES), "lan")
        self.assertEqual(default_interface(ROUTES.splitlines()[0]), "")


class Leadership(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.store = bootstrap(f"{directory.name}/db", "b", "10.0.0.2")

    def peers(self) -> Peers:
        return Peers(self.store, "10.0.0.2", "", Log("test", False))

    def test_who_is_alone_leads(self) -> None:
        self.assertTrue(self.peers().leads)

    def test_the_first_by_name_of_those_that_answer_leads(self) -> None:
        first = add_learner(self.store, "a", "10.0.0.1")[0]
        mine = self.peers()
        self.assertTrue(mine.leads, "nobody has heard of the other yet")
        mine._note(first, "")
        self.assertFalse(mine.leads)
        mine._note(first, "dial tcp 10.0.0.1:2380: i/o timeout")
        self.assertTrue(mine.leads)

    def test_who_comes_later_by_name_does_not_lead(self) -> None:
        add_learner(self.store, "c", "10.0.0.3")
        mine = self.peers()
        mine._note(members(self.store)[1], "")
        self.assertTrue(mine.leads)


class Announcement(unittest.TestCase):
    def test_it_goes_to_all_and_asks_for_its_own_address(self) -> None:
        frame = gratuitous_arp(bytes.fromhex("525400000011"), bytes([10, 0, 0, 10]))
        self.assertEqual(
            frame.hex(),
            "ffffffffffff525400000011080600010800060400015254000000110a00000a0000000000000a00000a",
        )
