import tempfile
import unittest
from pathlib import Path

from fake_disks import HASH, MIB, SLOTS
from kiln.install_boot import create_args, delete_args, next_args, parse_entries, stale
from kiln.install_esp import Mark, boot_file, copy_file, differing, esp_files, mkfs_args, parse_mark, write_file
from kiln.install_layout import DefinitionError, Image, drop_ins, needed_bytes, repart_args, slots_of

DEFINITIONS = {
    "10-esp.conf": "[Partition]\nSizeMinBytes=512M\nSizeMaxBytes=512M\n",
    "20-verity-a.conf": "SizeMinBytes=32M\n",
    "21-root-a.conf": "SizeMinBytes=2G\n",
    "22-verity-b.conf": "SizeMinBytes=32M\n",
    "23-root-b.conf": "SizeMinBytes=2G\n",
    "30-var.conf": "SizeMinBytes=512M\n",
}
EFIBOOTMGR = """\
BootCurrent: 0003
Timeout: 0 seconds
BootOrder: 0003,0001,0007,0000
Boot0000* UiApp\tFvVol(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(462caa21-7614-4503-836e-8ab6f4662331)
Boot0001* UEFI Kiln CD\tPciRoot(0x0)/Pci(0x1f,0x2)/Sata(2,65535,0)
Boot0003* Kiln\tHD(1,GPT,37cae8ae-c4cf-43a7-907d-010dbf35afa7,0x800,0x100000)/\\EFI\\systemd\\systemd-bootx64.efi
Boot0007  Kiln\tHD(1,GPT,00000000-c4cf-43a7-907d-010dbf35afa7,0x800,0x100000)/\\EFI\\systemd\\systemd-bootx64.efi
Boot000A* Kiln
"""


class Partitions(unittest.TestCase):
    def test_the_halves_of_the_root_hash_and_the_verified_root_itself(self) -> None:
        self.assertEqual(
            drop_ins(Image("0.1.0", HASH)),
            {
                "20-verity-a.conf.d/50-kiln-install.conf": (
                    "[Partition]\n"
                    "Label=verity_0.1.0\n"
                    "UUID=ffeeddcc-bbaa-9988-7766-554433221100\n"
                    "CopyBlocks=/dev/loop1\n"
                    "ReadOnly=yes\n"
                ),
                "21-root-a.conf.d/50-kiln-install.conf": (
                    "[Partition]\n"
                    "Label=root_0.1.0\n"
                    "UUID=00112233-4455-6677-8899-aabbccddeeff\n"
                    "CopyBlocks=/dev/mapper/root\n"
                    "ReadOnly=yes\n"
                ),
            },
        )

    def test_a_version_is_no_specifier(self) -> None:
        self.assertIn("Label=root_1%%v\n", drop_ins(Image("1%v", HASH))["21-root-a.conf.d/50-kiln-install.conf"])

    def test_the_call(self) -> None:
        new = repart_args("/dev/sda", drop_ins_at="/run/x", keeps=False)
        self.assertEqual(
            new,
            ["systemd-repart", "--definitions=/usr/lib/repart.d", "--definitions=/run/x", "--empty=require",
             "--discard=yes", "--dry-run=no", "--no-pager", "--no-legend", "/dev/sda"],
        )
        keep = repart_args("/dev/sda", drop_ins_at="/run/x", keeps=True)
        self.assertEqual([a for a in keep if a not in new], ["--empty=refuse"])

    def test_the_sizes_of_the_image_itself_decide_what_is_too_small(self) -> None:
        self.assertEqual(slots_of(DEFINITIONS), SLOTS)
        self.assertEqual(needed_bytes(SLOTS), 5186 * MIB)
        with self.assertRaisesRegex(DefinitionError, "10-esp.conf has no SizeMinBytes"):
            slots_of({**DEFINITIONS, "10-esp.conf": "[Partition]\n"})
        with self.assertRaisesRegex(DefinitionError, "has no 20-verity-a.conf and 21-root-a.conf"):
            slots_of({"10-esp.conf": "SizeMinBytes=1G\n"})


class BootEntries(unittest.TestCase):
    def test_ours_are_those_with_exactly_our_label(self) -> None:
        found = parse_entries(EFIBOOTMGR)
        self.assertEqual(found.ours, ("0003", "0007", "000A"))
        self.assertEqual(found.order, ("0003", "0001", "0007", "0000"))
        self.assertEqual(found.current, "0003")
        self.assertEqual(parse_entries("No BootOrder is set; firmware will attempt recovery\n").ours, ())

    def test_old_ones_go_once_there_is_a_new_one(self) -> None:
        self.assertEqual(stale(("0003", "0007"), ("0003", "0007", "0008")), ["0003", "0007"])
        self.assertEqual(stale(("0003",), ("0003",)), [])
        self.assertEqual(stale((), ("0001",)), [])

    def test_the_calls(self) -> None:
        self.assertEqual(
            create_args("/dev/nvme0n1", 1, "x86_64"),
            ["efibootmgr", "--quiet", "--create", "--disk", "/dev/nvme0n1", "--part", "1", "--label", "Kiln",
             "--loader", "\\EFI\\systemd\\systemd-bootx64.efi"],
        )
        self.assertIn("\\EFI\\systemd\\systemd-bootaa64.efi", create_args("/dev/sda", 1, "aarch64"))
        self.assertEqual(delete_args("0003")[2:], ["--delete-bootnum", "--bootnum", "0003"])
        self.assertEqual(next_args("0003")[2:], ["--bootnext", "0003"])


class Esp(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.source, self.root = Path(directory.name, "source"), Path(directory.name, "esp")
        self.source.mkdir()
        for name in ("system.efi", "loader.efi", "loader.conf"):
            (self.source / name).write_bytes(name.encode() * 1000)

    def test_the_layout_of_a_release_and_the_boot_file_last(self) -> None:
        self.assertEqual(
            {name: path.name for name, path in esp_files(self.source, "0.1.0", "x86_64").items()},
            {
                "EFI/Linux/kiln_0.1.0+3.efi": "system.efi",
                "loader/loader.conf": "loader.conf",
                "EFI/systemd/systemd-bootx64.efi": "loader.efi",
                "EFI/BOOT/BOOTX64.EFI": "loader.efi",
            },
        )
        self.assertEqual(list(esp_files(self.source, "1", "aarch64"))[-1], boot_file("aarch64"))
        self.assertEqual(boot_file("aarch64"), "EFI/BOOT/BOOTAA64.EFI")

    def test_a_file_that_is_not_as_it_was_written_is_found(self) -> None:
        files = esp_files(self.source, "0.1.0", "x86_64")
        for name, path in files.items():
            copy_file(self.root, name, path)
        self.assertEqual(differing(self.root, files), [])
        (self.root / "loader/loader.conf").write_bytes(b"x")
        (self.root / "EFI/BOOT/BOOTX64.EFI").unlink()
        self.assertEqual(differing(self.root, files), ["loader/loader.conf", "EFI/BOOT/BOOTX64.EFI"])

    def test_sectors_of_the_file_system_are_the_disks(self) -> None:
        self.assertEqual(mkfs_args("/dev/sda1", 4096), ["mkfs.fat", "-F", "32", "-S", "4096", "-n", "ESP", "/dev/sda1"])

    def test_a_mark_is_read_back(self) -> None:
        mark = Mark(HASH, "i-1", "d" * 64, 5.5)
        write_file(self.root, "loader/x", mark.as_bytes())
        self.assertEqual(parse_mark((self.root / "loader/x").read_bytes()), mark)
        for rubbish in (b"", b"{}", b"[]", b'{"root-hash": 1, "instance-id": "a", "seed-sha256": "b"}', b"\xff"):
            self.assertIsNone(parse_mark(rubbish))

    def test_a_mark_is_of_one_image_and_one_seed(self) -> None:
        mark = Mark(HASH, "i-1", "d")
        self.assertTrue(mark.is_of(Mark(HASH, "i-1", "d", 7.0)))
        for other in (Mark("x", "i-1", "d"), Mark(HASH, "i-2", "d"), Mark(HASH, "i-1", "e")):
            self.assertFalse(mark.is_of(other))
