import unittest
from unittest import mock

from kiln import gather
from kiln.facts import Space, Unit
from kiln.gather import is_in_memory, parse_failed, parse_memory, parse_unit, told_units
from kiln.probe import UNREACHABLE, Reply

SHOWN = """\
Result=exit-code
NRestarts=4
ExecMainStatus=1
ActiveState=activating
SubState=auto-restart
ActiveEnterTimestamp=@1790000000
ConditionResult=yes
ConditionTimestampMonotonic=81000
Job=17
"""


class Units(unittest.TestCase):
    def test_what_systemd_says_is_understood(self) -> None:
        ended = ("activating", "auto-restart", 4, "exit-code", 1, 1_790_000_000.0, True, True)
        expected = Unit("x.service", *ended)
        self.assertEqual(parse_unit("x.service", SHOWN), expected)

    def test_a_unit_that_never_started_has_no_time(self) -> None:
        never = "ActiveState=inactive\nSubState=dead\nActiveEnterTimestamp=\nConditionResult=no\n"
        found = parse_unit("x.service", never + "ConditionTimestampMonotonic=0")
        self.assertEqual(found, Unit("x.service", "inactive", "dead", result=""))
        skipped = parse_unit("x.service", never + "ConditionTimestampMonotonic=5")
        self.assertEqual(skipped.conditions_met if skipped else None, False)

    def test_no_answer_is_no_unit(self) -> None:
        self.assertIsNone(parse_unit("x.service", ""))

    def test_failed_units_are_listed(self) -> None:
        listed = "a.service loaded failed failed A thing\n\nb.mount loaded failed failed B\n"
        self.assertEqual(parse_failed(listed), ["a.service", "b.mount"])

    def test_units_that_told_why_they_failed_are_known(self) -> None:
        problems = [{"key": "k0s.role", "message": "is missing"}]
        self.assertEqual(told_units({"provision": {"problems": problems}}), ("kiln-provision",))
        self.assertEqual(told_units({"provision": {"problems": []}, "seed": None}), ())


class Memory(unittest.TestCase):
    def test_what_is_mounted_last_counts(self) -> None:
        disk, memory = "/dev/vda6 /var ext4 rw 0 0\n", "tmpfs /var tmpfs rw 0 0\n"
        self.assertFalse(is_in_memory("/var", disk))
        self.assertTrue(is_in_memory("/var", disk + memory))
        self.assertFalse(is_in_memory("/var", memory + disk))
        self.assertFalse(is_in_memory("/var", "tmpfs /run tmpfs rw 0 0\n\n"))

    def test_meminfo(self) -> None:
        text = "MemTotal:  2000 kB\nMemFree: 1 kB\nMemAvailable:   1500 kB\nHugePages_Total:  0\nx\n"
        self.assertEqual(parse_memory(text), Space(2000 * 1024, 1500 * 1024))
        self.assertEqual(parse_memory(""), Space(0, 0))


class Gathering(unittest.TestCase):
    """What is asked, and what is not."""

    def asked(self, role: str | None, started: bool = True) -> list[str]:
        asked: list[str] = []
        silent = Reply(UNREACHABLE)

        def run(argv: list[str]) -> str:
            asked.append(" ".join(argv[:3]))
            return SHOWN if "show" in argv else ""

        def plain(*_: object) -> Reply:
            asked.append("kubelet")
            return silent

        def tls(*_: object, **__: object) -> Reply:
            asked.append("api")
            return silent

        with (
            mock.patch("kiln.gather._run", run),
            mock.patch("kiln.probe.ask_plain", plain),
            mock.patch("kiln.probe.ask_tls", tls),
            mock.patch("kiln.probe.ask_unix", return_value=silent),
            mock.patch("kiln.joining.endpoint_to_join", return_value=None),
            mock.patch("kiln.joining.endpoint_joined", return_value=None),
        ):
            gather.gather({"provision": {"role": role, "started": started}})
        return asked

    def test_a_box_without_k0s_is_asked_little(self) -> None:
        self.assertEqual(self.asked(None, False), ["systemctl --no-pager list-units"])

    def test_each_role_is_asked_for_what_it_has(self) -> None:
        common = ["systemctl --no-pager list-units", "systemctl --no-pager show"]
        log = ["journalctl --unit=k0sworker.service --boot"]
        self.assertEqual(self.asked("worker"), [*common, "kubelet", *log])
        log = ["journalctl --unit=k0scontroller.service --boot"]
        self.assertEqual(self.asked("controller"), [*common, "api", *log])
        self.assertEqual(self.asked("single"), [*common, "api", "kubelet", *log])


if __name__ == "__main__":
    unittest.main()
