import random
import unittest

from fake_disks import KILN, SEED_PART, SLOTS, disk, table_bytes
from kiln.disk_contents import contents_of
from kiln.disk_key import BUSES, DISK_KEYS, WORDS, DiskWish
from kiln.gpt import TableError, read_table
from kiln.install_esp import parse_mark
from kiln.install_key import KEYS, Wish, check
from kiln.install_state import step_for

WORDS_OF_ALL = (*KEYS, *DISK_KEYS, *WORDS, *BUSES, "/dev/sda", ">=1G", "<", "", "keep", "reboot", "\x1b[2J", "x" * 3000)


def rubbish(source: random.Random, depth: int = 3) -> object:
    kind = source.randrange(9 if depth else 6)
    if kind < 3:
        return source.choice(WORDS_OF_ALL)
    if kind < 6:
        return source.choice([None, True, False, 0, -5, 1.5, 10**40])
    if kind == 6:
        return [rubbish(source, depth - 1) for _ in range(source.randrange(4))]
    return {source.choice([*WORDS_OF_ALL, 5, None]): rubbish(source, depth - 1) for _ in range(source.randrange(5))}


class Rubbish(unittest.TestCase):
    def test_whatever_the_key_holds_there_is_a_wish_or_a_reason(self) -> None:
        source = random.Random(5)
        wishes = 0
        for _ in range(20_000):
            key = {source.choice(KEYS): rubbish(source, 1) for _ in range(source.randrange(3))}
            near = {"disk": source.choice([*WORDS, "/dev/sda", rubbish(source, 1)]), **key}
            wish, problems = check(source.choice([near, rubbish(source)]))
            self.assertEqual(wish is None, bool(problems))
            self.assertTrue(all(str(problem).isprintable() for problem in problems))
            if wish is not None:
                wishes += 1
                self.assertNotEqual(wish.disk, DiskWish(), "an order that names no disk")
        self.assertGreater(wishes, 1000)

    def test_a_damaged_table_is_never_kept_as_a_sound_one(self) -> None:
        source = random.Random(6)
        whole = table_bytes([*KILN, SEED_PART])[: 40 * 512]
        wish = Wish(DiskWish(word="only"))
        for _ in range(3000):
            data = bytearray(whole)
            for _ in range(source.randrange(1, 5)):
                data[source.randrange(512, len(data))] ^= 1 << source.randrange(8)
            try:
                table = read_table(lambda at, size, data=data: bytes(data[at : at + size]), 512)  # type: ignore[misc]
            except TableError:
                table = None
            contents = contents_of(disk("sda"), {"PTTYPE": "gpt"}, bytes(data), table)
            step, reason = step_for(contents, wish, SLOTS)
            self.assertEqual(step is None, bool(reason))
            # What no checksum is over: the rest of the header's sector, and what is behind the entries.
            is_intact = data[512 : 512 + 92] == whole[512 : 512 + 92] and data[1024:17408] == whole[1024:17408]
            self.assertEqual(contents.kind == "kiln", is_intact)

    def test_marks(self) -> None:
        source = random.Random(7)
        for _ in range(2000):
            parse_mark(bytes(source.randrange(256) for _ in range(source.randrange(40))))
