import json
import os
import socket
import struct
import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

from kiln import status
from kiln.addresses import is_of_cluster, parse
from kiln.status import Box, compose, parse_os_release, publish, read, state_of

RELEASE = {"IMAGE_ID": "kiln", "IMAGE_VERSION": "0.1.0", "K0S_VERSION": "v1.36.3+k0s.2"}
BOX = Box("box-7", ["10.0.2.15/24"], RELEASE)
SEED = {"source": "/dev/sr0", "instance-id": "i-1", "problems": []}
WRONG = [{"key": "k0s.role", "message": "is missing"}]
STARTED = {"role": "worker", "name": "box-7", "started": True, "problems": []}


class Publishing(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.run = Path(directory.name) / "kiln"
        # Files belong to root on a box, and to whoever runs the tests here.
        keep = mock.patch("os.fchown")
        keep.start()
        self.addCleanup(keep.stop)

    def test_sections_come_together(self) -> None:
        publish("seed", SEED, self.run, BOX)
        whole = publish("provision", {**STARTED, "started": False, "problems": WRONG}, self.run, BOX)
        self.assertEqual(read(self.run), whole)
        self.assertEqual((whole["state"], whole["role"], whole["name"]), ("broken", "worker", "box-7"))
        self.assertEqual((whole["instance-id"], whole["addresses"]), ("i-1", ["10.0.2.15/24"]))
        self.assertEqual(whole["image"], {"name": "kiln", "version": "0.1.0"})
        self.assertEqual(whole["problems"], [{"section": "provision", **WRONG[0]}])
        self.assertRegex(str(whole["updated"]), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_a_section_is_replaced_whole(self) -> None:
        publish("seed", {**SEED, "problems": WRONG}, self.run, BOX)
        self.assertEqual(publish("seed", SEED, self.run, BOX)["problems"], [])

    def test_everybody_may_read_it(self) -> None:
        publish("seed", SEED, self.run, BOX)
        self.assertEqual((self.run / "status.json").stat().st_mode & 0o777, 0o644)
        self.assertEqual((self.run / "summary").stat().st_mode & 0o777, 0o644)

    def test_nothing_new_writes_nothing(self) -> None:
        publish("seed", SEED, self.run, BOX)
        before = (self.run / "status.json").stat().st_ino
        publish("seed", SEED, self.run, BOX)
        self.assertEqual((self.run / "status.json").stat().st_ino, before)

    def test_a_file_that_is_no_status_is_made_anew(self) -> None:
        self.run.mkdir()
        for rubbish in (b"", b"[]", b"{", b"\xff\xfe"):
            (self.run / "status.json").write_bytes(rubbish)
            self.assertEqual(read(self.run)["state"], "configuring")
            self.assertEqual(publish("seed", SEED, self.run, BOX)["instance-id"], "i-1")

    def test_nothing_published_is_a_status_too(self) -> None:
        found = read(self.run)
        self.assertEqual((found["state"], found["problems"], found["updated"]), ("configuring", [], None))

    def test_an_unknown_section_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "there are install, seed, var, provision, health"):
            publish("sead", SEED, self.run, BOX)

    def test_two_at_once_lose_nothing(self) -> None:
        def many(section: str) -> None:
            for count in range(50):
                publish(section, {"count": count}, self.run, BOX)

        threads = [threading.Thread(target=many, args=(section,)) for section in status.SECTIONS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sections = json.loads((self.run / "status.json").read_text())["sections"]
        self.assertEqual(sections, {section: {"count": 49} for section in status.SECTIONS})
        self.assertEqual(sorted(os.listdir(self.run)), [".status.lock", "status.json", "summary"])


class State(unittest.TestCase):
    def state(self, **sections: dict[str, object]) -> str:
        return state_of(sections)

    def test_before_k0s_is_started(self) -> None:
        self.assertEqual(self.state(), "configuring")
        self.assertEqual(self.state(seed={"source": None}), "unconfigured")
        self.assertEqual(self.state(seed={"source": None, "problems": WRONG}), "broken")
        self.assertEqual(self.state(seed=SEED), "configuring")
        waiting: dict[str, object] = {"role": "worker", "started": False}
        self.assertEqual(self.state(seed=SEED, provision=waiting), "configuring")
        self.assertEqual(self.state(seed=SEED, provision={**waiting, "role": None}), "unconfigured")
        self.assertEqual(self.state(seed=SEED, provision={**waiting, "problems": WRONG}), "broken")

    def test_health_decides_once_k0s_is_started(self) -> None:
        self.assertEqual(self.state(provision=STARTED), "starting")
        for state in ("starting", "ready", "degraded", "broken"):
            self.assertEqual(self.state(seed=SEED, provision=STARTED, health={"state": state, "started": True}), state)

    def test_health_from_before_k0s_was_started_says_nothing_of_it(self) -> None:
        before = {"state": "ready", "started": False}
        self.assertEqual(self.state(seed=SEED, provision=STARTED, health=before), "starting")

    def test_a_ready_box_with_a_broken_new_seed_is_degraded(self) -> None:
        ready = {"state": "ready", "started": True}
        seed, provision = {**SEED, "problems": WRONG}, {**STARTED, "problems": WRONG}
        self.assertEqual(self.state(seed=seed, provision=STARTED, health=ready), "degraded")
        self.assertEqual(self.state(seed=SEED, provision=provision, health=ready), "degraded")

    def test_a_warning_leaves_a_box_ready(self) -> None:
        warned = [{**WRONG[0], "severity": "warning"}]
        seed, health = {**SEED, "problems": warned}, {"state": "ready", "started": True}
        sections = {"seed": seed, "provision": STARTED, "health": health}
        self.assertEqual(state_of(sections), "ready")
        self.assertEqual(compose(sections, BOX)["problems"], [{"section": "seed", **warned[0]}])

    def test_what_is_no_list_of_problems_is_none(self) -> None:
        self.assertEqual(self.state(seed={**SEED, "problems": "no"}), "configuring")
        self.assertEqual(self.state(seed={**SEED, "problems": ["no"]}), "configuring")


class OsRelease(unittest.TestCase):
    def test_quotes_and_comments_go(self) -> None:
        text = '# x\nID=kiln\nNAME="a b"\n\nrubbish\n'
        self.assertEqual(parse_os_release(text), {"ID": "kiln", "NAME": "a b"})


class Addresses(unittest.TestCase):
    def message(self, family: int, packed: bytes, scope: int = 0, flags: int = 0, kind: int = 20) -> bytes:
        attribute = struct.pack("=HH", 4 + len(packed), 1) + packed
        body = struct.pack("=BBBBI", family, 24, flags, scope, 2) + attribute
        return struct.pack("=IHHII", 16 + len(body), kind, 0, 1, 0) + body

    def texts(self, data: bytes) -> list[str]:
        return [address.text for address in parse(data)]

    def test_global_addresses_are_told(self) -> None:
        four = self.message(socket.AF_INET, bytes([10, 0, 2, 15]))
        six = self.message(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, "fd00::2"))
        done = struct.pack("=IHHII", 16, 3, 0, 1, 0)
        self.assertEqual(self.texts(four + six + done), ["10.0.2.15/24", "fd00::2/24"])

    def test_others_are_not(self) -> None:
        packed = bytes([10, 0, 2, 15])
        self.assertEqual(self.texts(self.message(socket.AF_INET, packed, scope=253)), [])
        self.assertEqual(self.texts(self.message(socket.AF_INET, packed, flags=0x40)), [])
        self.assertEqual(self.texts(self.message(socket.AF_INET, packed, kind=16)), [])

    def test_a_cut_answer_ends(self) -> None:
        whole = self.message(socket.AF_INET, bytes([10, 0, 2, 15]))
        for length in range(len(whole)):
            self.assertEqual(self.texts(whole[:length]), [])
        self.assertEqual(self.texts(struct.pack("=IHHII", 0, 20, 0, 1, 0)), [])

    def test_interfaces_of_a_cluster_are_known_by_name(self) -> None:
        for name in "cni0 cali1234 flannel.1 vxlan.calico kube-bridge cilium_host lxc_health".split():
            self.assertTrue(is_of_cluster(name), name)
        for name in "eth0 enp1s0 bond0 vlan10 wg0 br0".split():
            self.assertFalse(is_of_cluster(name), name)

    def test_the_names_are_those_that_networkd_leaves_alone(self) -> None:
        network = Path("overlays/base/usr/lib/systemd/network/10-kiln-cni.network").read_text()
        names = next(line for line in network.splitlines() if line.startswith("Name="))
        for pattern in names.removeprefix("Name=").split():
            self.assertTrue(is_of_cluster(pattern.replace("*", "1")), pattern)


if __name__ == "__main__":
    unittest.main()
