import json
import stat
import tempfile
import unittest
from collections.abc import Sequence
from pathlib import Path

from kiln import remembered
from kiln.install_seed import Found, Order, choose, remember_in
from kiln.seed_address import Hint
from kiln.seed_check import examine
from kiln.seed_choice import choose as choose_of_box
from kiln.seed_files import CONFIG_DRIVE, NOCLOUD, Seed

INSTALL = "install: {disk: only}\n"


def seed(text: str, source: str = "cidata on sdb1") -> Seed:
    return Seed(NOCLOUD, source, {"meta-data": text.encode()})


def found(text: str, disk: str = "sdb") -> Found:
    return Found(seed(text, f"cidata on {disk}1"), disk)


class Orders(unittest.TestCase):
    def order(self, *seeds: Found) -> Order:
        order, problems = choose(seeds, Hint())
        assert order is not None, problems
        return order

    def refused(self, seeds: Sequence[Found], *lines: str) -> None:
        order, problems = choose(seeds, Hint())
        self.assertIsNone(order)
        self.assertEqual([str(each) for each in problems], list(lines))

    def test_a_seed_with_the_key(self) -> None:
        order = self.order(found("instance-id: a\n" + INSTALL))
        self.assertEqual((order.instance_id, order.wish.disk.word, order.disks), ("a", "only", {"sdb"}))

    def test_nobody_has_asked(self) -> None:
        self.refused([])
        self.refused([found("instance-id: a\n")])

    def test_a_seed_without_the_key_is_no_matter_beside_one_with_it(self) -> None:
        order = self.order(found("instance-id: old\n", "sda"), found("instance-id: a\n" + INSTALL))
        self.assertEqual((order.instance_id, order.disks), ("a", {"sdb"}))

    def test_the_same_seed_twice_is_one(self) -> None:
        text = "instance-id: a\n" + INSTALL
        self.assertEqual(self.order(found(text, "sdb"), found(text, "sdc")).disks, {"sdb", "sdc"})

    def test_two_orders_are_none(self) -> None:
        self.refused(
            [found("instance-id: a\n" + INSTALL), found("instance-id: b\n" + INSTALL, "sdc")],
            "cidata on sdb1 and cidata on sdc1: are different seeds with an `install` key, so none of them is used; "
            "leave one in",
        )

    def test_every_mistake_is_told_once(self) -> None:
        self.refused(
            [found("local-hostname: a_b\ninstall: {disk: oly}\nk0s: {role: x}\n")],
            'install.disk: is "oly"; did you mean "only"?',
            "meta-data: has no instance-id; give the box one, and another one when its seed changes",
            "meta-data: local-hostname: is no host name: letters, digits, - and . between them",
            'k0s.role: is "x"; known are controller, controller+worker, single, worker',
        )
        self.refused([found("instance-id: a\ninstal: {}\n")],
                     'meta-data: instal: is unknown; did you mean "install"?')
        self.refused([found("instance-id: [\n")], "meta-data:2:1: is not valid YAML: while parsing a flow node did "
                     "not find expected node content")

    def test_a_config_drive(self) -> None:
        meta = {"uuid": "u", "meta": {"install": "{disk: smallest}"}}
        files = {"openstack/latest/meta_data.json": json.dumps(meta).encode()}
        order = self.order(Found(Seed(CONFIG_DRIVE, "config-2 on sr0", files), "sr0"))
        self.assertEqual((order.instance_id, order.wish.disk.word), ("u", "smallest"))


class OfTheBox(unittest.TestCase):
    def test_an_installed_box_ignores_the_key(self) -> None:
        whole = examine(seed("instance-id: a\n" + INSTALL), {})
        self.assertTrue(whole.is_good)
        self.assertEqual(whole.findings.warnings, [])

    def test_a_mistake_in_it_is_a_warning(self) -> None:
        for text, line in (("install: {disk: oly}", 'install.disk: is "oly"; did you mean "only"?'),
                           ("instal: {}", 'meta-data: instal: is unknown; did you mean "install"?')):
            found = examine(seed(f"instance-id: a\n{text}\n"), {})
            self.assertTrue(found.is_good)
            self.assertEqual([str(each) for each in found.findings.warnings], [line])


class Remembering(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.var = Path(directory.name)
        (self.var / "lib/kiln").mkdir(parents=True)
        self.state = self.var / "lib/kiln"

    def order(self, text: str, hint: Hint = Hint(), disk: str | None = "sdb") -> Order:
        order, problems = choose([Found(seed(text, "cidata on sdb1"), disk)], hint)
        assert order is not None, problems
        return order

    def test_the_box_finds_it_as_the_one_that_it_remembers(self) -> None:
        text = "instance-id: a\nk0s: {role: single}\n" + INSTALL
        remember_in(self.var, self.order(text), Hint())
        record = remembered.load(self.state)
        assert record is not None
        self.assertEqual((record.instance_id, record.source, record.address), ("a", "cidata on sdb1", None))
        meta = json.loads((self.state / "seed/metadata.json").read_bytes())
        self.assertEqual(meta["k0s"], {"role": "single"})
        # The medium that is still in is the same seed.
        choice = choose_of_box([seed(text, "cidata on sdb1")], [], record, lambda each: examine(each, {}))
        self.assertEqual((choice.kept, choice.fresh, choice.errors), (record, None, ()))

    def test_nobody_else_can_read_it(self) -> None:
        remember_in(self.var, self.order("instance-id: a\n" + INSTALL), Hint())
        directory = (self.state / "seed").resolve()
        self.assertEqual(stat.S_IMODE(directory.stat().st_mode), 0o700)
        for path in directory.iterdir():
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)

    def test_one_of_an_address_is_asked_for_there_again(self) -> None:
        hint = Hint("http://user:secret@h/", {}, True)
        remember_in(self.var, self.order("instance-id: a\n" + INSTALL, hint, None), hint)
        record = remembered.load(self.state)
        assert record is not None
        self.assertEqual(record.address, "http://user:secret@h/")

    def test_what_the_command_line_says_comes_along(self) -> None:
        hint = Hint(None, {"instance-id": "line", "local-hostname": "named"}, True)
        text = "instance-id: a\n" + INSTALL
        order = self.order(text, hint)
        remember_in(self.var, order, hint)
        record = remembered.load(self.state)
        assert record is not None
        self.assertEqual((record.instance_id, record.digest), ("line", seed(text).digest()))
        meta = json.loads((self.state / "seed/meta-data").read_bytes())
        self.assertEqual((meta["instance-id"], meta["local-hostname"]), ("line", "named"))

    def test_it_takes_the_place_of_the_one_before(self) -> None:
        for name in ("a", "b"):
            remember_in(self.var, self.order(f"instance-id: {name}\n" + INSTALL), Hint())
        record = remembered.load(self.state)
        assert record is not None
        self.assertEqual(record.instance_id, "b")
        self.assertEqual(len(list((self.state / "seeds").iterdir())), 1)
