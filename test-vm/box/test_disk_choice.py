import unittest

from fake_disks import GB, disk
from kiln.disk_choice import Candidates, Excluded, candidates, choose, size_text
from kiln.disk_key import DiskWish, Limit
from kiln.disks import Disk

NVME = disk("nvme0n1", 480 * GB, bus="nvme", model="ACME_SSD  7", serial="S-1",
            links=("/dev/disk/by-id/nvme-ACME_SSD_7_S-1", "/dev/disk/by-path/pci-1"))
SDA = disk("sda", 2000 * GB, bus="ata", model="Spin", serial="S-2")
SDB = disk("sdb", 2000 * GB, bus="scsi", model="Spin", serial="S-3")
SMALL = disk("mmcblk0", 4 * GB, bus="mmc", serial="0x1")


class Sorting(unittest.TestCase):
    def test_what_is_never_a_target(self) -> None:
        disks = [NVME, SMALL, disk("sdc", is_read_only=True), disk("sdd"), disk("sde"),
                 disk("sdf", uses=("sdf1 is a part of md0", "sdf2 is mounted at /x"))]
        found = candidates(disks, Excluded(frozenset({"sdd"}), frozenset({"sde"})), 6 * GB)
        self.assertEqual(found.disks, (NVME,))
        self.assertEqual(
            [(each.name, reason) for each, reason in found.refused],
            [
                ("mmcblk0", "is too small: it needs 6 GB"),
                ("sdc", "is read-only"),
                ("sdd", "has the installer on it"),
                ("sde", "has the seed on it"),
                ("sdf", "is in use: sdf1 is a part of md0, sdf2 is mounted at /x"),
            ],
        )


class Choosing(unittest.TestCase):
    def chosen(self, wish: DiskWish, *disks: Disk) -> str | None:
        found, reason = choose(wish, Candidates(disks or (NVME, SDA, SDB)))
        assert (found is None) == bool(reason)
        return found.name if found else reason

    def test_only_is_exactly_one(self) -> None:
        self.assertEqual(self.chosen(DiskWish(word="only"), NVME), "nvme0n1")
        self.assertEqual(self.chosen(DiskWish(word="only")),
                         "only is said of 3 disks (nvme0n1, sda, sdb); say more, so that one is left")
        self.assertEqual(choose(DiskWish(word="only"), Candidates(())), (None, "only: there is no such disk"))

    def test_smallest_and_largest(self) -> None:
        self.assertEqual(self.chosen(DiskWish(word="smallest")), "nvme0n1")
        self.assertEqual(self.chosen(DiskWish(word="largest")),
                         "largest: 2 disks have 2 TB (sda, sdb); name one of them")
        self.assertEqual(self.chosen(DiskWish(word="largest"), NVME, SDA), "sda")

    def test_disks_that_differ_by_one_byte_are_told_apart(self) -> None:
        self.assertEqual(self.chosen(DiskWish(word="largest"), SDA, disk("sdz", 2000 * GB + 1)), "sdz")

    def test_by_path(self) -> None:
        for path in ("/dev/nvme0n1", "/dev/disk/by-path/pci-1", "/dev/disk/by-id/nvme-ACME_SSD_7_S-1"):
            self.assertEqual(self.chosen(DiskWish(path=path)), "nvme0n1")
        found, _ = choose(DiskWish(path="/dev/my"), Candidates((NVME, SDA)), lambda _: "/dev/sda")
        self.assertEqual(found, SDA)
        self.assertEqual(self.chosen(DiskWish(path="/dev/sdq")), "path /dev/sdq: there is no such disk")

    def test_by_serial_model_bus_and_size(self) -> None:
        self.assertEqual(self.chosen(DiskWish(serial="S-3")), "sdb")
        self.assertEqual(self.chosen(DiskWish(model="ACME SSD 7")), "nvme0n1")
        self.assertEqual(self.chosen(DiskWish(bus="ata")), "sda")
        self.assertEqual(self.chosen(DiskWish(size=(Limit("<", 10**12),))), "nvme0n1")

    def test_all_that_is_said_must_hold(self) -> None:
        self.assertEqual(self.chosen(DiskWish(model="Spin", bus="scsi")), "sdb")
        self.assertEqual(self.chosen(DiskWish(model="Spin")),
                         "model Spin is said of 2 disks (sda, sdb); say more, so that one is left")
        self.assertEqual(self.chosen(DiskWish(serial="S-3", bus="ata")),
                         "serial S-3, bus ata: there is no such disk")
        self.assertEqual(self.chosen(DiskWish(size=(Limit(">=", 3 * 10**12),))),
                         "size >=3 TB: there is no such disk")

    def test_a_disk_that_is_meant_and_never_a_target_has_its_reason(self) -> None:
        found = Candidates((SDA,), ((NVME, "is read-only"),))
        self.assertEqual(choose(DiskWish(serial="S-1"), found), (None, "nvme0n1 is meant, and is read-only"))
        self.assertEqual(choose(DiskWish(word="only"), found), (SDA, ""))

    def test_sizes_in_words(self) -> None:
        texts = [size_text(size) for size in (0, 999_999, 5_242_880, 480_103_981_056, 2 * 10**12, 1_500_301_910_016)]
        self.assertEqual(texts, ["0 bytes", "999999 bytes", "5.2 MB", "480 GB", "2 TB", "1.5 TB"])
