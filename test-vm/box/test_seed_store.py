import json
import os
import stat
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from kiln import cloud_init, ids, remembered
from kiln.seed_files import CONFIG_DRIVE, NOCLOUD, Seed


class Remembered(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.state = Path(directory.name)

    def remember(self, instance_id: str, seed: Seed | None = None) -> remembered.Record:
        seed = seed or Seed(NOCLOUD, "test", {"meta-data": f"instance-id: {instance_id}\n".encode()})
        record = remembered.make_record(seed, instance_id, [{"key": "k", "message": "m"}], "http://a:b@c/")
        remembered.remember(seed, record, {"instance-id": instance_id}, self.state)
        return record

    def test_what_was_remembered_is_found(self) -> None:
        record = self.remember("a")
        self.assertEqual(remembered.load(self.state), record)
        self.assertEqual((self.state / "seed/meta-data").read_text(), "instance-id: a\n")
        self.assertEqual((self.state / "seed/user-data").read_bytes(), b"")

    def test_a_mac_address_of_digits_stays_text_for_cloud_init(self) -> None:
        files = {"meta-data": b"instance-id: a\n", "network-config": b"{version: 2, mac: 52:54:00:00:00:01}\n"}
        record = self.remember("a", Seed(NOCLOUD, "test", files))
        kept = json.loads((self.state / "seed/network-config").read_bytes())
        self.assertEqual(kept, {"version": 2, "mac": "52:54:00:00:00:01"})
        self.assertEqual(record.digest, Seed(NOCLOUD, "elsewhere", files).digest())
        self.assertEqual(remembered.load(self.state), record)

    def test_nothing_was_remembered(self) -> None:
        self.assertIsNone(remembered.load(self.state))

    def test_only_the_owner_can_read_it(self) -> None:
        self.remember("a")
        for place in [self.state / "seeds", *(self.state / "seeds").rglob("*")]:
            wanted = 0o700 if place.is_dir() else 0o600
            self.assertEqual(stat.S_IMODE(place.stat().st_mode), wanted, place)

    def test_a_newer_seed_takes_the_place_and_the_older_is_deleted(self) -> None:
        self.remember("a")
        newer = self.remember("b")
        self.assertEqual(remembered.load(self.state), newer)
        self.assertEqual(len(list((self.state / "seeds").iterdir())), 1)

    def test_a_cut_at_any_write_leaves_the_older_or_the_newer(self) -> None:
        older = self.remember("a")
        newer = remembered.make_record(Seed(NOCLOUD, "test", {"meta-data": b"instance-id: b\n"}), "b")
        seen = set()
        for cut in range(1, 40):
            self.remember("a")
            with mock.patch.object(os, "replace", side_effect=_until(cut, os.replace)):
                try:
                    self.remember("b")
                except PowerCut:
                    pass
            record = remembered.load(self.state)
            assert record is not None
            self.assertIn(record.instance_id, ("a", "b"))
            seen.add(record.instance_id)
        self.assertEqual(seen, {"a", "b"})
        self.assertNotEqual(older.digest, newer.digest)

    def test_a_changed_or_missing_file_is_damage(self) -> None:
        self.remember("a")
        (self.state / "seed/meta-data").write_text("instance-id: x\n")
        with self.assertRaises(remembered.DamagedError):
            remembered.load(self.state)
        (self.state / "seed/seed.json").unlink()
        with self.assertRaises(remembered.DamagedError):
            remembered.load(self.state)

    def test_the_same_seed_repairs_what_was_damaged(self) -> None:
        record = self.remember("a")
        (self.state / "seed/meta-data").write_text("instance-id: x\n")
        self.remember("a")
        self.assertEqual(remembered.load(self.state), record)

    def test_a_config_drive_keeps_its_layout_and_its_metadata_has_the_usual_name(self) -> None:
        name = "openstack/latest/meta_data.json"
        files = {name: b'{"uuid": "u"}', "openstack/content/0000": b"x"}
        self.remember("u", Seed(CONFIG_DRIVE, "test", files))
        self.assertEqual((self.state / "seed" / name).read_bytes(), b'{"uuid": "u"}')
        self.assertEqual(json.loads((self.state / "seed/metadata.json").read_bytes()), {"instance-id": "u"})
        self.assertIsNotNone(remembered.load(self.state))

    def test_cloud_init_gets_no_secret_of_k0s(self) -> None:
        files = {"meta-data": b"{instance-id: a, local-hostname: n, k0s: {token: s}, k8s: s}"}
        self.remember("a", Seed(NOCLOUD, "test", files))
        kept = json.loads((self.state / "seed/meta-data").read_bytes())
        self.assertEqual(kept, {"instance-id": "a", "local-hostname": "n"})
        name = "openstack/latest/meta_data.json"
        files = {name: b'{"uuid": "u", "k0s": "s", "meta": {"k0s": "s", "mine": "1"}}'}
        self.remember("u", Seed(CONFIG_DRIVE, "test", files))
        kept = json.loads((self.state / "seed" / name).read_bytes())
        self.assertEqual(kept, {"uuid": "u", "meta": {"mine": "1"}})


class PowerCut(Exception):
    pass


def _until(count: int, act):  # type: ignore[no-untyped-def]
    left = [count]

    def call(*arguments: object) -> object:
        left[0] -= 1
        if left[0] == 0:
            raise PowerCut
        return act(*arguments)

    return call


class CloudInit(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.cloud = Path(directory.name)
        semaphores = self.cloud / "instances/a/sem"
        semaphores.mkdir(parents=True)
        for name in ("config_scripts_user", "config_users_groups", "bootper.x.instance", "kiln_once"):
            (semaphores / name).touch()
        (self.cloud / "sem").mkdir()
        (self.cloud / "sem/config_scripts_per_once.once").touch()
        (self.cloud / "sem/other.once").touch()
        (self.cloud / "data").mkdir()
        (self.cloud / "instance").symlink_to("instances/a")
        (self.cloud / "instances/a/obj.pkl").touch()

    def left(self) -> list[str]:
        files = (path for path in self.cloud.rglob("*") if not path.is_dir())
        return sorted(str(path.relative_to(self.cloud)) for path in files)

    def test_only_what_is_done_once_is_kept(self) -> None:
        cloud_init.clear(self.cloud)
        kept = ["bootper.x.instance", "config_scripts_user", "kiln_once"]
        self.assertEqual(self.left(), [*(f"instances/a/sem/{name}" for name in kept),
                                       "sem/config_scripts_per_once.once"])

    def test_scripts_that_were_cut_off_run_again(self) -> None:
        (self.cloud / "instances/a/sem/kiln_once").unlink()
        cloud_init.clear(self.cloud)
        self.assertEqual(self.left(), ["sem/config_scripts_per_once.once"])

    def test_a_new_box_has_nothing_to_clear(self) -> None:
        cloud_init.clear(self.cloud / "none")


class Numbers(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.table = Path(directory.name, "ids.json")
        self.homes = Path(directory.name)

    def number(self, name: str, *taken: int) -> int:
        return ids.number_of(name, taken, self.table, self.homes)

    def test_names_keep_their_numbers_in_any_order(self) -> None:
        self.assertEqual([self.number(name) for name in "abc"], [1000, 1001, 1002])
        self.assertEqual([self.number(name) for name in "cab"], [1002, 1000, 1001])

    def test_a_number_is_never_given_again(self) -> None:
        self.number("a")
        self.assertEqual(self.number("b"), 1001)

    def test_numbers_of_the_seed_are_left_alone(self) -> None:
        self.assertEqual(self.number("a", 1000, 1001), 1002)

    def test_a_home_that_is_there_tells_the_number(self) -> None:
        self.assertEqual(ids.choose("a", {}, [], 1007), 1007)
        self.assertEqual(ids.choose("a", {"b": 1007}, [], 1007), 1008)
        self.assertEqual(ids.choose("a", {}, [], 0), 1000)

    def test_a_table_that_is_no_table_is_made_anew(self) -> None:
        self.table.write_text("[")
        self.assertEqual(self.number("a"), 1000)
