import contextlib
import io
import json
import os
import unittest
from pathlib import Path
from unittest import mock

from kiln import status_command
from kiln.status import Box, compose
from kiln.status_command import duration, main, table, wait_until_ready
from kiln.summary import summary

NOW = 1_790_000_000.0
GOLDEN = Path(__file__).parent / "golden-status.txt"
RELEASE = {
    "IMAGE_ID": "kiln",
    "IMAGE_VERSION": "0.1.0",
    "K0S_VERSION": "v1.36.3+k0s.2",
    "K0S_KIND": "release",
}
BOX = Box("c1", ["10.0.0.11/24", "fd00::11/64"], RELEASE)
SEED = {"source": "/dev/sr0", "instance-id": "plant7-c1", "remembered": True, "problems": []}
C1 = {"role": "controller+worker", "name": "c1", "unit": "k0scontroller.service", "started": True}
WELL = {
    "k0s": {"ok": True, "text": "k0scontroller.service runs"},
    "role": {"ok": True, "text": "controller+worker"},
    "clock": {"ok": True, "text": "synchronised"},
    "disk": {"ok": True, "text": "71% of 16.0 GB in /var free"},
}
READY = {"state": "ready", "started": True, "k0s-since": int(NOW) - 93_784, "checks": WELL, "problems": []}
NO_SERVER = "https://10.0.0.10:6443 does not answer (Connection refused); see that a controller runs there"
NO_ROLE = "is missing; give one of controller, controller+worker, worker, single"
TWO_DISKS = "only is said of 2 disks (nvme0n1, sda); say more, so that one is left"
FULL = {"key": "disk", "message": "3% of 16.0 GB in /var free: k0s is about to fail"}
LATE = {"key": "certificates", "message": "server.crt ends on 2026-12-01", "severity": "warning"}

STATES: dict[str, dict[str, dict[str, object]]] = {
    "nothing is known yet": {},
    "no seed was found": {"seed": {"source": None, "problems": []}},
    "a seed without the key k0s": {"seed": SEED, "provision": {"role": None, "started": False}},
    "a seed with mistakes": {
        "seed": SEED,
        "provision": {
            "role": None,
            "started": False,
            "problems": [
                {"key": "k0s.role", "message": NO_ROLE},
                {"key": "k0s.token", "message": "a token\x1b[2J with \n line ends"},
            ],
        },
    },
    "k0s starts": {
        "seed": SEED,
        "provision": C1,
        "health": {
            "state": "starting",
            "started": True,
            "checks": {"k0s": {"ok": False, "text": "k0scontroller.service is starting"}},
        },
    },
    "a worker cannot join": {
        "seed": {**SEED, "instance-id": "plant7-w1", "remembered": False},
        "provision": {"role": "worker", "name": "w1", "started": True},
        "health": {
            "state": "broken",
            "started": True,
            "checks": {"join": {"ok": False, "text": NO_SERVER}},
            "problems": [{"key": "k0s.token", "message": NO_SERVER}],
        },
    },
    "all is well": {"seed": SEED, "provision": C1, "health": READY},
    "ready, with a warning": {"seed": SEED, "provision": C1, "health": {**READY, "problems": [LATE]}},
    "degraded": {
        "seed": {**SEED, "problems": [{"key": "meta-data:3:7", "message": "is not valid YAML"}]},
        "provision": C1,
        "health": {**READY, "state": "degraded", "problems": [LATE, FULL]},
    },
    "an installer waits": {
        "install": {
            "state": "waiting",
            "text": "waiting for one disk to be meant",
            "problems": [{"key": "install.disk", "message": TWO_DISKS}],
        },
    },
    "an installer is done": {
        "install": {
            "state": "installed",
            "text": "installed: Kiln 0.1.0 is on nvme0n1 (480 GB) as plant7-c1, /var was kept",
            "instance-id": "plant7-c1",
            "problems": [{"key": "boot entry", "message": "there is none", "severity": "warning"}],
        },
    },
}


def whole(name: str) -> dict[str, object]:
    return compose(STATES[name], BOX)


class Golden(unittest.TestCase):
    """What people see, in every state. KILN_GOLDEN=write writes the file anew."""

    def test_tables_and_banners_are_as_in_the_golden_file(self) -> None:
        parts = []
        for name in STATES:
            status = whole(name)
            lines = "\n".join(table(status, NOW))
            parts.append(f"== {name}\n-- kiln-status\n{lines}\n-- banner\n{summary(status)}")
        text = "\n".join(parts)
        if os.environ.get("KILN_GOLDEN") == "write":
            GOLDEN.write_text(text)
        self.maxDiff = None
        self.assertEqual(text, GOLDEN.read_text())

    def test_nothing_is_wider_than_a_console(self) -> None:
        for line in GOLDEN.read_text().splitlines():
            self.assertLess(len(line), 95, line)
            self.assertTrue(line.isprintable(), line)


class Banner(unittest.TestCase):
    def test_many_and_long_problems_leave_room_on_the_screen(self) -> None:
        problems = [{"key": f"k0s.x{count}", "message": "word " * 500} for count in range(40)]
        text = summary({"state": "broken", "problems": problems})
        self.assertLess(len(text.splitlines()), 60)
        self.assertIn("and 34 more; kiln-status shows all", text)

    def test_what_is_no_problem_is_left_out(self) -> None:
        self.assertEqual(summary({"state": "ready", "problems": ["x", 3]}), "  state    ready\n")


class Command(unittest.TestCase):
    def run_with(self, name: str, *argv: str) -> tuple[int, str]:
        out = io.StringIO()
        with mock.patch("kiln.status.read", return_value=whole(name)), contextlib.redirect_stdout(out):
            return main(argv), out.getvalue()

    def test_each_state_has_its_exit_code(self) -> None:
        codes = {name: self.run_with(name)[0] for name in STATES}
        self.assertEqual(list(codes.values()), [3, 5, 5, 4, 3, 4, 0, 0, 1, 5, 3])

    def test_json_is_the_whole_status(self) -> None:
        code, out = self.run_with("degraded", "--json")
        self.assertEqual((code, json.loads(out)), (1, whole("degraded")))

    def test_help_has_examples_and_every_exit_code(self) -> None:
        out = io.StringIO()
        with self.assertRaises(SystemExit) as ended, contextlib.redirect_stdout(out):
            main(["--help"])
        self.assertEqual(ended.exception.code, 0)
        self.assertIn("kiln-status --wait 600", out.getvalue())
        for code in (*status_command.EXIT_CODES.values(), 2):
            self.assertIn(f"\n  {code}  ", out.getvalue())

    def test_a_stand_in_says_that_it_is_one(self) -> None:
        box = Box("c1", os_release={**RELEASE, "K0S_KIND": "stand-in"})
        lines = "\n".join(table(compose(STATES["all is well"], box), NOW))
        self.assertIn("k0s      STAND-IN: this is not Kubernetes, running for 1 d 2 h", lines)

    def test_a_wrong_command_line_is_refused(self) -> None:
        for argv in (["--wait"], ["--wait", "soon"], ["--wait", "-1"], ["--wait", "inf"], ["--jso"], ["x"]):
            with self.assertRaises(SystemExit) as ended, contextlib.redirect_stderr(io.StringIO()) as said:
                main(argv)
            self.assertEqual(ended.exception.code, 2)
            self.assertIn("kiln-status: error:", said.getvalue())


class Waiting(unittest.TestCase):
    def wait(self, seconds: float, states: list[str]) -> tuple[object, float]:
        clock = [0.0]
        reads = iter(states)
        last = [""]

        def read() -> dict[str, object]:
            last[0] = next(reads, last[0])
            return {"state": last[0]}

        def sleep(length: float) -> None:
            clock[0] += length

        return wait_until_ready(seconds, read, lambda: clock[0], sleep)["state"], clock[0]

    def test_it_ends_when_the_box_is_ready(self) -> None:
        self.assertEqual(self.wait(600, ["configuring", "broken", "starting", "ready"]), ("ready", 3))

    def test_it_ends_when_the_time_is_over(self) -> None:
        self.assertEqual(self.wait(2.5, ["starting"]), ("starting", 2.5))
        self.assertEqual(self.wait(0, ["starting"]), ("starting", 0))


class Durations(unittest.TestCase):
    def test_two_units_are_enough(self) -> None:
        expected = {0: "0 s", 59: "59 s", 60: "1 min", 3661: "1 h 1 min", 93784: "1 d 2 h"}
        for seconds, text in expected.items():
            self.assertEqual(duration(seconds), text)


if __name__ == "__main__":
    unittest.main()
