import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from kiln.fetch import NotNowError, fetch
from kiln.media import Medium, blkid_args, parse_media, read_files, read_medium
from kiln.seed_address import Hint, file_address, parse_hint, read_hint, shown
from kiln.seed_files import CONFIG_DRIVE, META_DATA_LIMIT, NOCLOUD


class Hints(unittest.TestCase):
    def hint(self, line: str, address: str | None, **overrides: str) -> None:
        given = {key.replace("_", "-"): value for key, value in overrides.items()}
        found = parse_hint(line, lambda field: {"product_serial": "S 1"}.get(field, ""))
        self.assertEqual(found, Hint(address, given, is_nocloud=True), line)

    def test_addresses_as_cloud_init_writes_them(self) -> None:
        self.hint("ro ds=nocloud;s=http://h/x/ quiet", "http://h/x/")
        self.hint("ds=nocloud-net;s=http://h/x", "http://h/x/")
        self.hint("ds=nocloud;seedfrom=https://h/x/;h=box;i=a", "https://h/x/",
                  local_hostname="box", instance_id="a")
        self.hint("'ds=nocloud;s=http://h/%s?q'", "http://h/%s?q")
        self.hint("ds=nocloud;s=http://h/__dmi.system-serial-number__/", "http://h/S%201/")
        self.hint("ds=nocloud", None)
        self.hint("ds=nocloud;i=a;h=", None, instance_id="a")

    def test_other_lines_say_nothing(self) -> None:
        for line in ("", "ro quiet", "ds=ec2", "ds=nocloudy;s=http://h/", "Serial 4711"):
            self.assertEqual(parse_hint(line, lambda _: ""), Hint())

    def test_the_command_line_comes_before_the_firmware(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            (root / "class/dmi/id").mkdir(parents=True)
            (root / "cmdline").write_text("ro\n")
            (root / "class/dmi/id/product_serial").write_text("ds=nocloud;s=http://firmware/\n")
            self.assertEqual(read_hint(root, root).address, "http://firmware/")
            (root / "cmdline").write_text("ds=nocloud;s=http://line/\n")
            self.assertEqual(read_hint(root, root).address, "http://line/")
            self.assertEqual(read_hint(root / "none", root / "none"), Hint())

    def test_what_is_shown_has_no_secrets(self) -> None:
        self.assertEqual(shown("http://user:pass@h/x?token=1"), "http://h/x?")

    def test_addresses_of_files(self) -> None:
        self.assertEqual(file_address("http://h/", "meta-data"), "http://h/meta-data")
        self.assertEqual(file_address("http://h/%s?q", "meta-data"), "http://h/meta-data?q")


class Fetching(unittest.TestCase):
    def test_files_are_got_with_their_limits(self) -> None:
        asked: dict[str, int] = {}

        def get(address: str, limit: int) -> bytes | None:
            asked[address] = limit
            return b"instance-id: a\n" if address.endswith("meta-data") else None

        seed, problems = fetch("http://h/", get)
        self.assertEqual(problems, [])
        assert seed is not None
        self.assertEqual(dict(seed.files), {"meta-data": b"instance-id: a\n"})
        self.assertEqual(asked["http://h/meta-data"], META_DATA_LIMIT)
        self.assertEqual(len(asked), 4)

    def test_an_address_without_a_seed(self) -> None:
        seed, problems = fetch("http://u:p@h/", lambda *_: None)
        self.assertIsNone(seed)
        self.assertEqual([str(each) for each in problems],
                         ["http://h/: has no file meta-data; put the seed there, or correct the address"])

    def test_only_http_is_spoken(self) -> None:
        self.assertEqual([each.key for each in fetch("ftp://h/")[1]], ["ftp://h/"])

    def test_a_server_that_is_not_there_may_come_later(self) -> None:
        with self.assertRaises(NotNowError):
            fetch("http://127.0.0.1:1/")


class Media(unittest.TestCase):
    def test_labels_are_found_in_what_blkid_says(self) -> None:
        output = (
            "DEVNAME=/dev/sda1\nLABEL=ESP\nTYPE=vfat\n\n"
            "DEVNAME=/dev/sdb\nLABEL_FATBOOT=CIDATA\nLABEL=CIDATA\nTYPE=vfat\n\n"
            "DEVNAME=/dev/sr0\nLABEL=config-2\nTYPE=iso9660\n"
        )
        expected = [Medium("sdb", "CIDATA", "vfat"), Medium("sr0", "config-2", "iso9660")]
        self.assertEqual(parse_media(output), expected)
        self.assertEqual(parse_media(""), [])

    def test_a_device_with_nothing_on_it_hides_none_behind_it(self) -> None:
        blkid = shutil.which("blkid", path="/usr/sbin:/sbin:/usr/bin")
        if blkid is None:
            self.skipTest("this machine has no blkid")
        with tempfile.TemporaryDirectory() as directory:
            names = [f"{directory}/{name}" for name in ("empty", "iso", "nothing")]
            for name in names:
                Path(name).write_bytes(bytes(64 * 1024))
            # A primary volume descriptor of an ISO, as far as blkid looks at it.
            descriptor = b"\x01CD001\x01\0" + b" " * 32 + b"cidata".ljust(32)
            whole = descriptor.ljust(2048, b"\0") + b"\xffCD001\x01".ljust(2048, b"\0")
            Path(names[1]).write_bytes(bytes(32768) + whole)
            done = subprocess.run([blkid, *blkid_args(names)[1:]], capture_output=True, check=False)
        self.assertEqual(parse_media(done.stdout.decode()), [Medium("iso", "cidata", "iso9660")])

    def test_a_file_system_that_is_not_read(self) -> None:
        _, problems = read_medium(Medium("sdb", "cidata", "xfs"))
        self.assertEqual(str(problems[0]),
                         "cidata on sdb: has xfs, which is not read; make it iso9660, vfat or ext4")


class Files(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)

    def keys(self, kind: str = NOCLOUD) -> list[str]:
        seed, problems = read_files(self.root, kind, "test")
        self.assertEqual(seed is None, bool(problems))
        return [each.key for each in problems]

    def test_metadata_is_enough(self) -> None:
        (self.root / "meta-data").write_text("instance-id: a\n")
        self.assertEqual(self.keys(), [])

    def test_no_metadata(self) -> None:
        (self.root / "user-data").write_text("")
        self.assertEqual(self.keys(), ["test"])

    def test_a_file_that_is_too_large(self) -> None:
        (self.root / "meta-data").write_bytes(b"x" * (META_DATA_LIMIT + 1))
        self.assertEqual(self.keys(), ["test: meta-data"])

    def test_files_that_are_too_large_together(self) -> None:
        (self.root / "meta-data").write_text("instance-id: a\n")
        for name in ("user-data", "vendor-data"):
            with (self.root / name).open("wb") as file:
                file.truncate(9 * 1024 * 1024)
        self.assertEqual(self.keys(), ["test: vendor-data"])

    def test_a_link_out_of_the_medium_and_a_directory(self) -> None:
        (self.root / "meta-data").symlink_to("/etc/passwd")
        (self.root / "user-data").mkdir()
        self.assertEqual(self.keys(), ["test: meta-data", "test: user-data"])

    def test_a_pipe_is_not_waited_for(self) -> None:
        os.mkfifo(self.root / "meta-data")
        self.assertEqual(self.keys(), ["test: meta-data"])

    def test_a_config_drive_brings_files_along(self) -> None:
        for name in ("latest/meta_data.json", "content/0000"):
            path = self.root / "openstack" / name
            path.parent.mkdir(parents=True)
            path.write_text("{}")
        seed, _ = read_files(self.root, CONFIG_DRIVE, "test")
        assert seed is not None
        self.assertEqual(sorted(seed.files), ["openstack/content/0000", "openstack/latest/meta_data.json"])
