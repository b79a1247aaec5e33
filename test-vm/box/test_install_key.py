import unittest

from kiln.disk_key import DiskWish, Limit, mistyped
from kiln.install_key import Wish, check


def problems_of(install: object) -> list[str]:
    wish, problems = check(install)
    assert (wish is None) == bool(problems)
    return [str(problem) for problem in problems]


class InstallKey(unittest.TestCase):
    def check(self, install: object, *lines: str) -> None:
        self.assertEqual(problems_of(install), list(lines))

    def test_words_and_paths(self) -> None:
        for word in ("smallest", "largest", "only"):
            self.assertEqual(check({"disk": word})[0], Wish(DiskWish(word=word)))
        path = "/dev/disk/by-id/nvme-X_1"
        self.assertEqual(check({"disk": path})[0], Wish(DiskWish(path=path)))

    def test_everything_at_once(self) -> None:
        disk = {"path": "/dev/sda", "serial": "S1", "model": "M 1", "bus": "nvme", "size": ">=200G <2Ti"}
        wish = check({"disk": disk, "wipe": True, "var": "wipe", "then": "poweroff"})[0]
        limits = (Limit(">=", 200 * 10**9), Limit("<", 2 * 1024**4))
        wanted = DiskWish(path="/dev/sda", serial="S1", model="M 1", bus="nvme", size=limits)
        self.assertEqual(wish, Wish(wanted, wipe=True, var="wipe", then="poweroff"))

    def test_without_a_disk_there_is_no_wish(self) -> None:
        example = "a path as /dev/disk/by-id/…, smallest, largest, only, or a map of path, serial, model, size, bus"
        self.check({}, f"install.disk: is missing; give {example}")
        self.check({"disk": "sda"}, f'install.disk: is "sda"; give {example}')
        self.check({"disk": "smalest"}, 'install.disk: is "smalest"; did you mean "smallest"?')
        self.check({"disk": {}}, "install.disk: says nothing of a disk; give one or several of "
                                 "bus, model, path, serial, size")
        self.check(None, "install: is empty; it has to be a map")
        self.check("only", "install: is text; it has to be a map")

    def test_each_mistake_is_told_with_its_key(self) -> None:
        self.check(
            {"disk": {"bus": "sata", "serial": 5, "sise": "1G", "path": "sda"}, "wipe": "yes", "var": "kep", "than": 1},
            'install.than: is unknown; did you mean "then"?',
            'install.disk.sise: is unknown; did you mean "size"?',
            "install.disk.path: has to be a path below /dev, as /dev/disk/by-id/nvme-…",
            "install.disk.serial: is a number, not text; put it into quotes",
            'install.disk.bus: is "sata"; did you mean "ata"?',
            "install.wipe: is text; it has to be true or false",
            'install.var: is "kep"; did you mean "keep"?',
        )
        self.check({"disk": "/dev/../etc"}, "install.disk: has to be a path below /dev, as /dev/disk/by-id/nvme-…")
        self.check({"disk": "only", "then": "halt"}, 'install.then: is "halt"; known are poweroff, reboot')

    def test_sizes(self) -> None:
        wrong = ('install.disk.size: has to be one limit or two, as ">=200G" or ">100G <2T" '
                 "(G is 10^9 bytes, Gi is 2^30)")
        for text in ("200G", "=5G", ">=", ">=5X", "> 5 G x", ">-5G"):
            self.check({"disk": {"size": text}}, wrong)
        self.check({"disk": {"size": 5}}, "install.disk.size: is a number, not text; put it into quotes")
        wish = check({"disk": {"size": "> 1.5T"}})[0]
        assert wish is not None
        self.assertEqual(wish.disk.size, (Limit(">", 1_500_000_000_000),))

    def test_limits_hold(self) -> None:
        for sign, holds in ((">=", (False, True, True)), ("<=", (True, True, False)),
                            (">", (False, False, True)), ("<", (True, False, False))):
            self.assertEqual(tuple(Limit(sign, 5).holds(size) for size in (4, 5, 6)), holds, sign)

    def test_a_key_that_is_nearly_the_right_one(self) -> None:
        self.assertEqual(str(mistyped({"instal": 1}, "install")),
                         'meta-data: instal: is unknown; did you mean "install"?')
        for meta in ({"instance-id": "x", "local-hostname": "y", "k0s": 1}, {"install": 1, "instal": 1}):
            self.assertIsNone(mistyped(meta, "install"))
