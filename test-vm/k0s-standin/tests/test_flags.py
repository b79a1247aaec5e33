import unittest

from k0s_standin.failure import Failure
from k0s_standin.flags import Flag, boolean, duration, number, one_of, pairs, parse, text, words
from k0s_standin.options import CONTROLLER, WORKER, controller_options, worker_options

FLAGS = (
    Flag("config", text, "default", "c"),
    Flag("debug", boolean, False, "d"),
    Flag("port", number, 1),
    Flag("names", words, ()),
    Flag("labels", pairs, ()),
    Flag("valid", duration, 0.0),
    Flag("mode", one_of("nft", "auto"), "auto"),
)


class Syntax(unittest.TestCase):
    def test_values_stand_after_an_equals_sign_or_as_the_next_word(self) -> None:
        for line in (["--config=a"], ["--config", "a"], ["-c", "a"], ["-ca"], ["-c=a"]):
            self.assertEqual(parse(FLAGS, line).values["config"], "a", line)

    def test_switches_stand_alone_or_with_a_truth_value(self) -> None:
        self.assertIs(parse(FLAGS, ["--debug"]).values["debug"], True)
        self.assertIs(parse(FLAGS, ["-d"]).values["debug"], True)
        self.assertIs(parse(FLAGS, ["--debug=false"]).values["debug"], False)

    def test_arguments_stand_anywhere_and_all_after_two_dashes_is_one(self) -> None:
        parsed = parse(FLAGS, ["one", "-d", "two", "--", "--three"])
        self.assertEqual(parsed.arguments, ["one", "two", "--three"])
        self.assertEqual(parsed.given, {"debug"})

    def test_lists_grow_when_they_are_given_again(self) -> None:
        parsed = parse(FLAGS, ["--names=a,b", "--names", "c", "--labels=x=1,y=2=3"])
        self.assertEqual(parsed.values["names"], ("a", "b", "c"))
        self.assertEqual(parsed.values["labels"], (("x", "1"), ("y", "2=3")))

    def test_mistakes_are_told_as_k0s_tells_them(self) -> None:
        for line, message in (
            (["--nothing"], "unknown flag: --nothing"),
            (["--conf", "x"], "unknown flag: --conf"),
            (["-x"], "unknown shorthand flag: 'x' in -x"),
            (["--config"], "flag needs an argument: --config"),
            (["--port=x"], 'invalid argument "x" for "--port" flag: strconv.ParseInt: parsing "x": invalid syntax'),
            (["--valid=1"], 'invalid argument "1" for "--valid" flag: time: invalid duration "1"'),
            (["--mode=x"], 'invalid argument "x" for "--mode" flag: must be one of nft, auto'),
            (["--labels=x"], 'invalid argument "x" for "--labels" flag: x must be formatted as key=value'),
        ):
            with self.assertRaises(Failure) as caught:
                parse(FLAGS, line)
            self.assertEqual(str(caught.exception), message)

    def test_durations_are_those_of_go(self) -> None:
        for given, seconds in (("1h30m", 5400.0), ("0", 0.0), ("1.5s", 1.5), ("-2m", -120.0), ("100ms", 0.1)):
            self.assertAlmostEqual(duration(given), seconds)


class Meaning(unittest.TestCase):
    def test_a_controller_with_a_worker_has_label_and_taint_of_the_control_plane(self) -> None:
        def kubelet(*line: str) -> tuple[int, int]:
            found = controller_options(parse(CONTROLLER, line)).worker.kubelet
            return len(found.labels), len(found.taints)

        self.assertEqual(kubelet("--enable-worker"), (2, 1))
        self.assertEqual(kubelet("--enable-worker", "--no-taints"), (2, 0))
        self.assertEqual(kubelet("--single"), (2, 0))
        self.assertEqual(kubelet(), (0, 0))

    def test_only_one_source_of_a_token_may_be_given(self) -> None:
        with self.assertRaisesRegex(Failure, "you can only pass one token source"):
            worker_options(parse(WORKER, ["--token-file=/a", "token"]))

    def test_values_that_mean_nothing_are_refused(self) -> None:
        for line, message in (
            (["--disable-components=coredns,nothing"], "unknown component nothing"),
            (["--taints=a"], "invalid taint a"),
            (["--taints=a=b:Sometimes"], "invalid taint a=b:Sometimes"),
            (["--kubelet-extra-args=v=1"], "must start with --"),
            (["--cri-socket=/run/x.sock"], "invalid CRI socket"),
            (["--logging=nothing=1"], "unknown component nothing"),
        ):
            with self.assertRaisesRegex(Failure, message):
                controller_options(parse(CONTROLLER, line))

    def test_a_token_file_is_looked_for_only_when_the_token_is_read(self) -> None:
        token = worker_options(parse(WORKER, ["--token-file=/nonexistent/token"])).token
        self.assertTrue(token.is_given)
        with self.assertRaisesRegex(Failure, 'token file "/nonexistent/token" not found'):
            token.read()


if __name__ == "__main__":
    unittest.main()
