import json
import unittest

from kiln.certificates import DAY, Certificate
from kiln.checks import Finding, judge
from kiln.facts import Facts, Join, Space, Unit
from kiln.health import Look, Memory, look
from kiln.probe import ANSWERED, TOO_EARLY, UNREACHABLE, UNTRUSTED, Reply

NOW = 1_790_000_000.0
GB, MIB = 10**9, 1024**2
OK, SILENT = Reply(ANSWERED, 200, b"ok"), Reply(UNREACHABLE, reason="Connection refused")
URL = "https://10.0.0.10:6443"
RUNS = Unit("k0sworker.service", "active", "running", since=NOW - 3600)
ENDS = Unit("k0sworker.service", "activating", "auto-restart", restarts=3, result="exit-code", exit_status=1)

EMPTY = Facts(
    now=NOW,
    uptime=7200,
    epoch=NOW - 30 * DAY,
    synchronised=True,
    disk=Space(16 * GB, 12 * GB, 1000, 900),
    memory=Space(2048 * MIB, 1500 * MIB),
)
WORKER = EMPTY._replace(
    role="worker",
    started=True,
    unit=RUNS,
    status=OK,
    k0s={"Role": "worker", "Workloads": True},
    kubelet=OK,
    address="10.0.0.21",
)
CONTROLLER = WORKER._replace(
    role="controller",
    unit=RUNS._replace(name="k0scontroller.service"),
    k0s={"Role": "controller", "Workloads": False},
    kubelet=None,
    api=OK,
    certificates=(Certificate("server.crt", NOW - DAY, NOW + 364 * DAY),),
)


def wrong(facts: Facts, waited: float = 0) -> list[Finding]:
    return [each for each in judge(facts, waited) if each.severity]


def state(facts: Facts, memory: Memory = Memory(), monotonic: float = 1000) -> str:
    return look(facts, memory, monotonic).state


class Well(unittest.TestCase):
    def test_nothing_is_wrong_with_boxes_that_work(self) -> None:
        for facts in (EMPTY, WORKER, CONTROLLER):
            self.assertEqual(wrong(facts), [])
            self.assertEqual(state(facts), "ready")

    def test_an_api_that_does_not_know_who_asks_answers_all_the_same(self) -> None:
        self.assertEqual(state(CONTROLLER._replace(api=Reply(ANSWERED, 401))), "ready")


class Limits(unittest.TestCase):
    """Each check, just above and just below what it asks for."""

    def severity(self, check: str, facts: Facts) -> str | None:
        found = [each for each in judge(facts, 0) if each.check == check]
        self.assertEqual(len(found), 1)
        return found[0].severity

    def test_disk(self) -> None:
        def disk(total: float, free: float, inodes: int = 900) -> str | None:
            return self.severity("disk", EMPTY._replace(disk=Space(int(total), int(free), 1000, inodes)))

        self.assertIsNone(disk(16 * GB, 2.5 * GB))
        self.assertEqual(disk(16 * GB, 2.3 * GB), "warning")
        self.assertEqual(disk(4 * GB, 1.2 * GB), "warning")
        self.assertEqual(disk(16 * GB, 0.7 * GB), "error")
        self.assertEqual(disk(2 * GB, 0.5 * GB), "error")
        self.assertEqual(disk(16 * GB, 12 * GB, inodes=40), "error")
        self.assertEqual(disk(0, 0), "error")

    def test_what_is_in_memory_is_lost_at_the_next_start(self) -> None:
        in_memory = EMPTY._replace(var_in_memory=True)
        self.assertEqual(self.severity("disk", in_memory), "warning")
        self.assertEqual(state(in_memory), "ready")
        full = in_memory._replace(disk=Space(16 * GB, GB // 2))
        self.assertEqual(self.severity("disk", full), "error")

    def test_memory(self) -> None:
        def memory(facts: Facts, mib: int, free: int = 400) -> str | None:
            return self.severity("memory", facts._replace(memory=Space(mib * MIB, free * MIB)))

        self.assertIsNone(memory(CONTROLLER, 960))
        self.assertEqual(memory(CONTROLLER, 700), "warning")
        self.assertIsNone(memory(WORKER, 480))
        self.assertEqual(memory(WORKER, 256), "warning")
        self.assertIsNone(memory(EMPTY, 256))
        self.assertEqual(memory(WORKER, 2048, free=50), "error")

    def test_clock(self) -> None:
        def clock(**change: object) -> str | None:
            return self.severity("clock", CONTROLLER._replace(**change))  # type: ignore[arg-type]

        self.assertEqual(clock(now=EMPTY.epoch - 1), "error")
        self.assertEqual(clock(certificates=(Certificate("ca.crt", NOW + 5, NOW + DAY),)), "error")
        self.assertEqual(clock(synchronised=False), "warning")
        self.assertIsNone(clock(synchronised=False, uptime=200))
        self.assertIsNone(clock(synchronised=False, started=False))

    def test_certificates(self) -> None:
        def left(days: float, name: str = "server.crt", life: float = 365) -> str | None:
            ends = NOW + days * DAY
            certificate = Certificate(name, ends - life * DAY, ends)
            return self.severity("certificates", CONTROLLER._replace(certificates=(certificate,)))

        self.assertIsNone(left(31))
        self.assertEqual(left(29), "warning")
        self.assertEqual(left(-1), "error")
        self.assertIsNone(left(20, life=90))
        self.assertIsNone(left(200, "etcd/ca.crt", 3650))
        self.assertEqual(left(100, "etcd/ca.crt", 3650), "warning")
        earlier = Certificate("server.crt", NOW - DAY, NOW + 60 * DAY)
        authority = Certificate("ca.crt", NOW - 3550 * DAY, NOW + 100 * DAY)
        found = wrong(CONTROLLER._replace(certificates=(earlier, authority)))
        self.assertIn("ca.crt ends on", found[0].text)

    def test_the_rest(self) -> None:
        self.assertEqual(self.severity("units", EMPTY._replace(failed_units=("x.service",))), "warning")
        self.assertIsNone(self.severity("units", WORKER._replace(failed_units=(RUNS.name,))))
        self.assertEqual(self.severity("root", EMPTY._replace(verified=False)), "error")


class WhatToDo(unittest.TestCase):
    def test_the_operator_who_restarts_by_hand_is_told_how(self) -> None:
        late = (Certificate("etcd/peer.crt", NOW - 345 * DAY, NOW + 20 * DAY),)
        by_hand = wrong(CONTROLLER._replace(certificates=late, certificates_manual=True))
        self.assertIn("`systemctl restart k0scontroller.service`", by_hand[0].text)
        self.assertIn("one controller at a time", by_hand[0].text)
        by_itself = wrong(CONTROLLER._replace(certificates=late))
        self.assertIn("did not renew it", by_itself[0].text)

    def test_certificates_that_no_restart_renews(self) -> None:
        ends = Certificate("ca.crt", NOW - 3649 * DAY, NOW + DAY)
        authority = wrong(CONTROLLER._replace(certificates=(ends,)))
        self.assertIn("whole site", authority[0].text)
        name = "kubelet-client-current.pem"
        kubelet = wrong(WORKER._replace(certificates=(Certificate(name, NOW - 365 * DAY, NOW - DAY),)))
        self.assertIn("ended on", kubelet[0].text)
        self.assertIn("a seed with a new token", kubelet[0].text)


class K0s(unittest.TestCase):
    def only(self, facts: Facts, waited: float = 0) -> Finding:
        found = wrong(facts, waited)
        self.assertEqual(len(found), 1, found)
        return found[0]

    def test_another_role_than_the_seeds_is_wrong(self) -> None:
        for says, actual in (
            ({"Role": "worker", "Workloads": True}, "worker"),
            ({"Role": "controller", "Workloads": True}, "controller+worker"),
            ({"Role": "controller", "Workloads": True, "SingleNode": True}, "single"),
        ):
            self.assertIn(f"runs as {actual}", self.only(CONTROLLER._replace(k0s=says)).text)

    def test_starting_is_not_wrong_for_ten_minutes(self) -> None:
        facts = CONTROLLER._replace(api=SILENT)
        self.assertEqual(wrong(facts, 500), [])
        late = self.only(facts, 700)
        self.assertIn("`journalctl -u k0scontroller.service`", late.text)
        self.assertIn("no answer yet from the API", late.text)

    def test_an_api_that_is_not_ready_says_what_it_waits_for(self) -> None:
        body = b"[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed"
        found = judge(CONTROLLER._replace(api=Reply(ANSWERED, 500, body)), 0)
        self.assertIn("the API waits for etcd", found[0].text)

    def test_a_unit_that_ends_is_explained_by_its_log(self) -> None:
        ends = WORKER._replace(unit=ENDS, status=SILENT, kubelet=SILENT)
        self.assertIn("has expired", self.only(ends._replace(log=("Error: 401 Unauthorized",))).text)
        self.assertIn("exit-code, exit status 1", self.only(ends).text)

    def test_a_unit_that_is_about_to_run_has_not_ended(self) -> None:
        down = WORKER._replace(status=SILENT, kubelet=SILENT)
        for unit in (
            RUNS._replace(active="inactive", sub="dead", is_queued=True),
            RUNS._replace(active="activating", sub="start-pre"),
            RUNS._replace(restarts=1),
        ):
            self.assertEqual(wrong(down._replace(unit=unit)), [])

    def test_an_error_that_has_healed_is_not_repeated(self) -> None:
        again = WORKER._replace(unit=RUNS._replace(restarts=1), status=SILENT, kubelet=SILENT)
        healed = again._replace(log=("Error: x: i/o timeout",), join=Join(URL, OK))
        self.assertEqual(wrong(healed), [])

    def test_a_unit_that_does_not_run(self) -> None:
        unit = RUNS._replace(active="inactive", sub="dead")
        stopped = WORKER._replace(status=SILENT, kubelet=SILENT, unit=unit)
        self.assertIn("`systemctl start k0sworker.service`", self.only(stopped).text)
        missing = stopped._replace(unit=unit._replace(conditions_met=False))
        self.assertIn("no program in this image", self.only(missing).text)
        self.assertIn("no unit", self.only(WORKER._replace(unit=None)).text)


class Joining(unittest.TestCase):
    def found(self, reply: Reply, waited: float = 0, is_done: bool = False) -> Finding | None:
        join = Join(URL, reply, is_done)
        facts = WORKER._replace(status=SILENT, kubelet=SILENT, join=join)
        return next(iter(wrong(facts, waited)), None)

    def assert_found(self, found: Finding | None, key: str, severity: str, text: str) -> None:
        self.assertIsNotNone(found)
        if found is not None:
            self.assertEqual((found.key, found.severity), (key, severity))
            self.assertIn(text, found.text)

    def test_a_server_that_does_not_answer_is_waited_for(self) -> None:
        told = f"{URL} does not answer (Connection refused)"
        self.assert_found(self.found(SILENT), "k0s.token", "warning", told)
        self.assert_found(self.found(SILENT, 301), "k0s.token", "error", "see that a controller runs there")
        self.assert_found(self.found(SILENT, 301, is_done=True), "k0s", "error", "does not answer")

    def test_a_token_may_come_to_be_known(self) -> None:
        refused = Reply(ANSWERED, 401)
        self.assert_found(self.found(refused), "k0s.token", "warning", "refuses the token")
        self.assert_found(self.found(refused, 121), "k0s.token", "error", "has expired")
        self.assertIsNone(self.found(refused, 121, is_done=True))

    def test_another_ca_never_becomes_the_right_one(self) -> None:
        found = self.found(Reply(UNTRUSTED, reason="unknown"))
        self.assert_found(found, "k0s.token", "error", "another cluster")

    def test_a_clock_that_is_behind(self) -> None:
        self.assert_found(self.found(Reply(TOO_EARLY)), "clock", "error", "set the clock")

    def test_a_server_that_takes_the_token_is_not_the_reason(self) -> None:
        self.assertIsNone(self.found(OK))
        self.assertIsNone(self.found(Reply(ANSWERED, 403)))


class Looks(unittest.TestCase):
    """How the state goes on from one look to the next."""

    DOWN = WORKER._replace(status=SILENT, kubelet=SILENT)

    def test_it_starts_and_becomes_ready(self) -> None:
        first = look(self.DOWN, Memory(), 100)
        self.assertEqual((first.state, first.memory.waiting_since), ("starting", 100))
        second = look(self.DOWN, first.memory, 105)
        self.assertEqual(second.memory.waiting_since, 100)
        third = look(WORKER, second.memory, 110)
        self.assertEqual((third.state, third.memory.waiting_since), ("ready", None))
        self.assertEqual(third.section["k0s-since"], int(NOW) - 3600)

    def test_what_cannot_start_is_broken(self) -> None:
        refused = self.DOWN._replace(join=Join(URL, Reply(ANSWERED, 401)))
        first = look(refused, Memory(), 100)
        self.assertEqual(first.state, "starting")
        self.assertEqual(first.section["problems"][0]["severity"], "warning")  # type: ignore[index]
        self.assertEqual(look(refused, first.memory, 300).state, "broken")

    def test_a_box_that_was_well_before_k0s_was_started_has_not_worked(self) -> None:
        before = look(WORKER._replace(started=False), Memory(), 100)
        self.assertEqual((before.state, before.section["started"]), ("ready", False))
        long_ago = self.DOWN._replace(unit=RUNS._replace(since=NOW - 400))
        self.assertEqual(look(long_ago, before.memory, 105).state, "starting")

    def test_what_has_worked_is_degraded_when_it_does_not(self) -> None:
        ready = look(WORKER, Memory(), 100).memory
        self.assertEqual(state(self.DOWN, ready), "degraded")
        self.assertEqual(state(self.DOWN._replace(unit=ENDS), ready), "degraded")

    def test_a_restart_on_purpose_is_a_start(self) -> None:
        ready = look(WORKER, Memory(), 100).memory
        self.assertEqual(state(self.DOWN._replace(unit=RUNS._replace(since=NOW - 10)), ready), "starting")

    def test_errors_beside_k0s_degrade_it_and_do_not_break_its_start(self) -> None:
        full = Space(16 * GB, GB // 2)
        self.assertEqual(state(WORKER._replace(disk=full)), "degraded")
        self.assertEqual(state(EMPTY._replace(disk=full)), "degraded")
        self.assertEqual(state(self.DOWN._replace(disk=full)), "starting")

    def test_a_warning_leaves_it_ready(self) -> None:
        self.assertEqual(state(WORKER._replace(failed_units=("x.service",))), "ready")

    def test_a_problem_is_logged_once(self) -> None:
        full = WORKER._replace(disk=Space(16 * GB, GB // 2), failed_units=("x.service",))
        first = look(full, Memory(), 100)
        self.assertEqual([line[:3] for line in first.news], ["<3>", "<4>"])
        self.assertEqual(look(full, first.memory, 160).news, [])
        healed = look(WORKER, first.memory, 220)
        self.assertEqual(len(look(full, healed.memory, 280).news), 2)

    def test_the_section_is_plain_and_tells_each_check(self) -> None:
        found: Look = look(WORKER, Memory(), 100)
        self.assertEqual(json.loads(json.dumps(found.section)), found.section)
        names = "k0s role kubelet clock disk memory units root".split()
        self.assertEqual(list(found.section["checks"]), names)  # type: ignore[call-overload]


if __name__ == "__main__":
    unittest.main()
