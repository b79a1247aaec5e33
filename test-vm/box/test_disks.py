import tempfile
import unittest
from pathlib import Path

from fake_disks import FakeSys
from kiln.disks import Part, bus_of, disk_of, fingerprint, list_disks, partition_path

NVME = "pci0000:00/0000:00:04.0/nvme/nvme0"
USB = "pci0000:00/0000:00:1d.0/usb1/1-1/1-1:1.0/host2/target2:0:0/2:0:0:0/block"
ATA = "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block"
SAS = "pci0000:00/0000:01:00.0/host3/port-3:0/end_device-3:0/target3:0:0/3:0:0:0/block"
VIRTIO = "pci0000:00/0000:00:05.0/virtio2/block"
MMC = "platform/soc/fe340000.mmc/mmc_host/mmc0/mmc0:0001/block"


class Disks(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        self.sys = FakeSys(self.root)

    def test_each_bus_by_its_place(self) -> None:
        places = {NVME: "nvme", USB: "usb", ATA: "ata", SAS: "scsi", VIRTIO: "virtio", MMC: "mmc"}
        several = {"virtual/nvme-subsystem/nvme-subsys0": "nvme", "platform/x": "other"}
        for place, bus in {**places, **several}.items():
            self.assertEqual(bus_of(f"/sys/devices/{place}/x"), bus)

    def test_a_disk_with_all_that_udev_knows(self) -> None:
        files = {"size": "1000000000\n", "queue/logical_block_size": "4096\n", "removable": "0\n", "ro": "0\n",
                 "device/model": "ACME  SSD 7   \n", "device/serial": "of-the-kernel  \n"}
        self.sys.add("nvme0n1", NVME, files, ["S:disk/by-id/nvme-ACME_SSD_7_S1", "S:disk/by-id/nvme-eui.0025",
                                              "S:other", "E:ID_SERIAL_SHORT=S1", "I:1"])
        self.sys.add_part("nvme0n1", "nvme0n1p1", 1, ["E:ID_FS_TYPE=vfat", "E:ID_FS_LABEL=ESP"])
        [disk] = list_disks(self.root)
        self.assertEqual((disk.name, disk.size_bytes, disk.sector_bytes, disk.bus),
                         ("nvme0n1", 512_000_000_000, 4096, "nvme"))
        self.assertEqual((disk.model, disk.serial), ("ACME SSD 7", "S1"))
        self.assertEqual(disk.links, ("/dev/disk/by-id/nvme-ACME_SSD_7_S1", "/dev/disk/by-id/nvme-eui.0025"))
        self.assertEqual(disk.stable_path, "/dev/disk/by-id/nvme-ACME_SSD_7_S1")
        self.assertEqual(disk.parts, (Part("nvme0n1p1", 1, "vfat", "ESP"),))
        self.assertEqual(partition_path("nvme0n1", 1, self.root), "/dev/nvme0n1p1")
        self.assertIsNone(partition_path("nvme0n1", 2, self.root))
        self.assertEqual(disk_of("nvme0n1p1", self.root / "sys/class/block"), "nvme0n1")
        self.assertEqual(disk_of("nvme0n1", self.root / "sys/class/block"), "nvme0n1")

    def test_a_disk_without_udev(self) -> None:
        self.sys.add("vda", VIRTIO, {"size": "100\n", "serial": "V1\n", "ro": "1\n", "removable": "1\n"})
        [disk] = list_disks(self.root)
        self.assertEqual((disk.serial, disk.model, disk.stable_path), ("V1", "", "/dev/vda"))
        self.assertTrue(disk.is_read_only and disk.is_removable)

    def test_what_is_no_disk(self) -> None:
        for name in ("loop0", "sr0", "zram0", "ram0", "dm-0", "md0", "fd0", "mmcblk0boot0", "mmcblk0rpmb", "nbd0"):
            self.sys.add(name, f"virtual/{name}", {"size": "100000\n"})
        self.sys.add("sdc", USB, {"size": "0\n"})
        self.sys.add("nvme0c0n1", NVME, {"size": "100000\n", "hidden": "1\n"})
        self.sys.add("mmcblk0", MMC, {"size": "100000\n", "device/name": "BJTD4R\n"})
        self.assertEqual([(disk.name, disk.model) for disk in list_disks(self.root)], [("mmcblk0", "BJTD4R")])

    def test_what_has_a_disk_open(self) -> None:
        self.sys.add("sda", ATA, {"size": "100000\n", "holders/dm-3/x": ""})
        self.sys.add_part("sda", "sda1", 1)
        self.sys.add_part("sda", "sda2", 2)
        mounted = f"21 1 {self.sys.number('sda1')} / /run/kiln/medium ro - iso9660 /dev/sda1 ro\n"
        (self.root / "proc/self/mountinfo").write_text(f"{mounted}22 1 0:5 / /proc rw - x\n")
        (self.root / "proc/swaps").write_text("Filename\tType\n/dev/sda2   partition\t1\n")
        [disk] = list_disks(self.root)
        self.assertEqual(disk.uses, ("sda is a part of dm-3", "sda1 is mounted at /run/kiln/medium", "sda2 is swap"))

    def test_a_medium_that_is_changed_changes_the_fingerprint(self) -> None:
        self.sys.add("sda", ATA, {"size": "100000\n", "diskseq": "1\n"})
        before = fingerprint(self.root)
        self.assertEqual(fingerprint(self.root), before)
        (self.root / "sys/class/block/sda/diskseq").write_text("2\n")
        self.assertNotEqual(fingerprint(self.root), before)
