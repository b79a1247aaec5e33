import unittest
from collections.abc import Mapping

from fake_disks import KILN, MIB, SEED_PART, SLOTS, disk, kiln, table, table_bytes
from kiln.disk_contents import Contents, contents_of, root_uuids
from kiln.disk_key import DiskWish
from kiln.disks import Part
from kiln.gpt import LINUX_DATA, ROOTS, Entry, Table, TableError, read_table, without
from kiln.install_key import Wish
from kiln.install_state import Step, step_for

GPT = {"PTTYPE": "gpt"}


def seen(
    found: Mapping[str, str] | None, table: Table | None = None, start: bytes = bytes(512), **facts: object
) -> str:
    contents = contents_of(disk("sda", **facts), found, start, table)
    return f"{contents.kind}: {contents.text}"


class Looking(unittest.TestCase):
    def test_an_empty_disk(self) -> None:
        self.assertEqual(seen(None), "empty: nothing")

    def test_bytes_that_nobody_knows_are_data(self) -> None:
        self.assertEqual(seen(None, start=bytes(511) + b"x"), "other: data of a kind that is not known")

    def test_file_systems_and_members_of_arrays(self) -> None:
        self.assertEqual(seen({"TYPE": "ext4", "LABEL": "home"}), 'other: ext4 labelled "home"')
        self.assertEqual(seen({"TYPE": "linux_raid_member"}), "other: linux_raid_member")
        self.assertEqual(seen({}), "other: data of more than one kind")

    def test_tables_of_others(self) -> None:
        parts = (Part("sda1", 1, "ntfs"), Part("sda2", 2))
        self.assertEqual(seen({"PTTYPE": "dos"}, parts=parts),
                         "other: a partition table (dos) with 2 partitions (ntfs, unknown)")
        self.assertEqual(seen(GPT, table([])), "other: a GPT without partitions")
        foreign = [*KILN, ("data", LINUX_DATA, 10)]
        self.assertEqual(seen(GPT, table(foreign), parts=parts[:1]), "other: a GPT with 1 partition (ntfs)")

    def test_a_disk_of_kiln(self) -> None:
        self.assertEqual(seen(GPT, table(KILN)), "kiln: Kiln 0.1.0")
        self.assertEqual(seen(GPT, table([*KILN[:3], SEED_PART])), "kiln: Kiln 0.1.0")
        # What an installation that was cut off has left.
        self.assertEqual(seen(GPT, table([KILN[0], KILN[5]])), "kiln: Kiln")
        # An ESP alone may be anybody's.
        self.assertEqual(seen(GPT, table(KILN[:1]), parts=(Part("sda1", 1, "vfat"),)),
                         "other: a GPT with 1 partition (vfat)")


class Deciding(unittest.TestCase):
    def step(self, contents: Contents, *, wipe: bool = False, var: str = "keep") -> Step | str:
        step, reason = step_for(contents, Wish(DiskWish(word="only"), wipe, var), SLOTS)
        assert (step is None) == bool(reason)
        return step or reason

    def test_an_empty_disk_is_taken(self) -> None:
        self.assertEqual(self.step(Contents("empty", "nothing")), Step("new"))

    def test_data_of_others_is_refused_unless_it_may_be_wiped(self) -> None:
        other = Contents("other", "ext4")
        self.assertEqual(self.step(other), "has ext4; it is taken only with install.wipe: true")
        self.assertEqual(self.step(other, var="wipe"), "has ext4; it is taken only with install.wipe: true")
        self.assertEqual(self.step(other, wipe=True), Step("anew"))

    def test_var_stays_and_slots_and_seeds_go(self) -> None:
        self.assertEqual(self.step(kiln()), Step("keep", frozenset({2, 3, 4, 5})))
        self.assertEqual(self.step(kiln(), wipe=True), Step("keep", frozenset({2, 3, 4, 5})))
        self.assertEqual(self.step(kiln([*KILN, SEED_PART])), Step("keep", frozenset({2, 3, 4, 5, 7})))

    def test_var_goes_when_it_is_told_so(self) -> None:
        self.assertEqual(self.step(kiln(), var="wipe"), Step("anew"))

    def test_a_disk_that_never_booted_has_no_var_to_keep(self) -> None:
        self.assertEqual(self.step(kiln(KILN[:3])), Step("anew"))

    def test_an_installation_that_was_cut_off_is_completed(self) -> None:
        gap = [KILN[0], *[("_empty", ROOTS[0], mib) for mib in (32, 2048, 32, 2048)], KILN[5]]
        self.assertEqual(self.step(kiln(gap)), Step("keep", frozenset({2, 3, 4, 5})))

    def test_a_var_that_would_have_to_move(self) -> None:
        smaller = [KILN[0], *[(label, kind, min(mib, 1024)) for label, kind, mib in KILN[1:]]]
        self.assertEqual(
            self.step(kiln(smaller)),
            "has room for 2112 MiB of systems before /var, and this image needs 4160 MiB; /var cannot stay: "
            "take install.var: wipe",
        )
        self.assertEqual(
            self.step(kiln([("esp", KILN[0][1], 256), *KILN[1:]])),
            "has an ESP of 256 MiB, and this image has one of 512 MiB; /var cannot stay: take install.var: wipe",
        )
        self.assertEqual(self.step(kiln(smaller), var="wipe"), Step("anew"))

    def test_systems_on_a_disk(self) -> None:
        self.assertEqual(len(root_uuids(table(KILN))), 2)
        self.assertEqual(root_uuids(None), set())


class Tables(unittest.TestCase):
    def test_places_and_labels(self) -> None:
        for sector in (512, 4096):
            found = table(KILN, sector).partitions()
            self.assertEqual([entry.label for entry in found], [label for label, _, _ in KILN])
            self.assertEqual([entry.size_bytes // MIB for entry in found], [mib for _, _, mib in KILN])
            self.assertEqual(found[0].start_bytes, MIB)

    def test_tables_that_are_none(self) -> None:
        good = table_bytes(KILN)
        for at, what in ((512, "has no GPT"), (600, "has a damaged GPT"), (1024 + 3, "has a damaged GPT")):
            bad = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
            if at == 600:
                bad = good[: 512 + 40] + b"\1" + good[512 + 41 :]
            with self.assertRaisesRegex(TableError, what):
                read_table(lambda at, size, data=bad: data[at : at + size], 512)  # type: ignore[misc]
        with self.assertRaises(TableError):
            read_table(lambda at, size: b"", 512)

    def test_partitions_are_taken_out_of_both_tables(self) -> None:
        for sector in (512, 4096):
            before = table(KILN, sector)
            whole = bytearray(table_bytes(KILN, sector)) + bytearray(8191 * MIB // 1024)
            data: dict[int, bytes] = dict(without(before, {2, 3, 7}))
            self.assertEqual(list(data)[-1], sector, "the first header comes last")
            for offset, written in data.items():
                if offset < MIB:
                    whole[offset : offset + len(written)] = written
            after = read_table(lambda at, size: bytes(whole[at : at + size]), sector)
            kept = [entry for entry in before.partitions() if entry.number not in (2, 3)]
            self.assertEqual(after.partitions(), kept)
            last = 8192 * MIB - sector
            self.assertEqual(after.backup_sector * sector, last)
            backup = data[last]
            self.assertTrue(backup.startswith(b"EFI PART"))
            # Its own place, and that of the first.
            self.assertEqual(int.from_bytes(backup[24:32], "little") * sector, last)
            self.assertEqual(int.from_bytes(backup[32:40], "little"), 1)
            self.assertEqual(data[int.from_bytes(backup[72:80], "little") * sector], after.entries)
            self.cut(bytes(whole), data, sector, kept)

    def cut(self, whole: bytes, data: dict[int, bytes], sector: int, kept: list[Entry]) -> None:
        """Power goes when the first entries are written, and their header is not: the backup is there already."""
        torn = {**data, sector: table_bytes(KILN, sector)[sector : 2 * sector]}

        def read(at: int, size: int) -> bytes:
            for offset, written in torn.items():
                if offset <= at < offset + len(written):
                    return written[at - offset : at - offset + size].ljust(size, b"\0")
            return whole[at : at + size].ljust(size, b"\0")

        with self.assertRaisesRegex(TableError, "damaged"):
            read_table(read, sector)
        again = read_table(read, sector, 8192 * MIB)
        self.assertEqual(again.partitions(), kept)
        self.assertEqual(dict(without(again, set()))[sector], data[sector])
