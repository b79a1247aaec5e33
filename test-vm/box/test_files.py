import os
import tempfile
import unittest
from pathlib import Path

from kiln.files import make_directory, read_limited, write_atomic

UID, GID = os.geteuid(), os.getegid()


class Files(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)

    def write(self, path: Path, data: bytes, mode: int = 0o600) -> bool:
        return write_atomic(path, data, mode, UID, GID)

    def test_a_file_has_its_bytes_and_mode(self) -> None:
        path = self.root / "token"
        self.assertTrue(self.write(path, b"one", 0o640))
        self.assertEqual(path.read_bytes(), b"one")
        self.assertEqual(path.stat().st_mode & 0o7777, 0o640)

    def test_the_same_file_is_not_written_again(self) -> None:
        path = self.root / "token"
        self.write(path, b"one")
        before = path.stat().st_ino
        self.assertFalse(self.write(path, b"one"))
        self.assertEqual(path.stat().st_ino, before)
        self.assertTrue(self.write(path, b"two"))
        self.assertTrue(self.write(path, b"two", 0o644))
        self.assertEqual(path.stat().st_mode & 0o7777, 0o644)

    def test_what_a_cut_off_run_left_is_replaced(self) -> None:
        path = self.root / "token"
        left = self.root / ".token.kiln-new"
        target = self.root / "elsewhere"
        target.write_bytes(b"other")
        left.symlink_to(target)
        self.write(path, b"one")
        self.assertEqual(target.read_bytes(), b"other")
        self.assertEqual(sorted(each.name for each in self.root.iterdir()), ["elsewhere", "token"])

    def test_a_link_under_the_name_is_replaced_not_followed(self) -> None:
        target = self.root / "target"
        target.write_bytes(b"one")
        path = self.root / "link"
        path.symlink_to(target)
        self.write(path, b"one")
        self.assertFalse(path.is_symlink())

    def test_reading_has_a_limit(self) -> None:
        path = self.root / "big"
        path.write_bytes(b"12345")
        self.assertEqual(read_limited(path, 5), b"12345")
        with self.assertRaisesRegex(OSError, "is larger than 4 bytes"):
            read_limited(path, 4)

    def test_a_pipe_is_not_waited_for(self) -> None:
        os.mkfifo(self.root / "pipe")
        with self.assertRaisesRegex(OSError, "is not a regular file"):
            read_limited(self.root / "pipe", 4)
        with self.assertRaises(IsADirectoryError):
            read_limited(self.root, 4)
        with self.assertRaises(FileNotFoundError):
            read_limited(self.root / "none", 4)

    def test_a_directory_gets_its_mode_whatever_the_umask(self) -> None:
        make_directory(self.root / "a" / "b", 0o751, UID, GID)
        self.assertEqual((self.root / "a" / "b").stat().st_mode & 0o7777, 0o751)
        make_directory(self.root / "a" / "b", 0o711, UID, GID)
        self.assertEqual((self.root / "a" / "b").stat().st_mode & 0o7777, 0o711)
