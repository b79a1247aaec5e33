import unittest

from kiln.strict_yaml import MAX_BYTES, YamlProblem, load


def problem_of(data: bytes) -> str:
    try:
        value = load(data, "meta-data")
    except YamlProblem as error:
        return str(error.problem)
    raise AssertionError(f"was taken as {value!r}")


class Values(unittest.TestCase):
    def test_plain_values_are_read(self) -> None:
        text = b"a: 1\nb: [true, null, 1.5, 0x10]\nc: {d: text}\n"
        self.assertEqual(load(text, "x"), {"a": 1, "b": [True, None, 1.5, 16], "c": {"d": "text"}})

    def test_an_empty_document_is_none(self) -> None:
        for text in (b"", b"\n", b"# only a comment\n", b"---\n"):
            self.assertIsNone(load(text, "x"))

    def test_a_mac_address_and_a_date_are_text(self) -> None:
        text = b"mac: 52:54:00:12:34:56\ntime: 12:30:45\ndate: 2026-01-02\nversion: 1.2.3\nvalue: =\n"
        self.assertEqual(
            load(text, "x"),
            {
                "mac": "52:54:00:12:34:56",
                "time": "12:30:45",
                "date": "2026-01-02",
                "version": "1.2.3",
                "value": "=",
            },
        )

    def test_a_byte_order_mark_and_windows_lines_do_no_harm(self) -> None:
        self.assertEqual(load(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "x"), {"a": 1, "b": 2})

    def test_anchors_and_merges_are_followed(self) -> None:
        text = b"one: &o {a: 1, b: 2}\ntwo: {<<: *o, b: 3}\n"
        self.assertEqual(load(text, "x"), {"one": {"a": 1, "b": 2}, "two": {"a": 1, "b": 3}})

    def test_json_is_yaml(self) -> None:
        self.assertEqual(load(b'{"a": ["b", 1]}', "x"), {"a": ["b", 1]})


class Mistakes(unittest.TestCase):
    def check(self, data: bytes, message: str) -> None:
        self.assertEqual(problem_of(data), message)

    def test_syntax(self) -> None:
        self.check(
            b"a: 1\nb: [1, 2\nc: 3\n",
            "meta-data:3:2: is not valid YAML: while parsing a flow sequence "
            "did not find expected ',' or ']'",
        )
        self.check(
            b"a: 1\n\tb: 2\n",
            "meta-data:2:1: is not valid YAML: while scanning a plain scalar "
            "found a tab character that violates indentation",
        )

    def test_a_key_twice(self) -> None:
        self.check(
            b"k0s:\n  role: worker\n  token: x\n  role: controller\n",
            'meta-data:4:3: has the key "role" twice, first in line 2',
        )

    def test_a_key_that_is_no_word(self) -> None:
        self.check(b"? [a, b]\n: 1\n", "meta-data:1:3: has a list or a map as a key; keys are words")

    def test_binary_rubbish(self) -> None:
        self.check(
            b"a: 1\nb: \x00\x01",
            "meta-data:2:4: has the control character 0x00; is it the right file?",
        )
        self.check(b"a: \x9f\x92\n", "meta-data:1:4: is not UTF-8 text; is it the right file?")
        self.check(b"\x1f\x8b\x08\x00", "meta-data:1:2: is not UTF-8 text; is it the right file?")
        self.check("a: 1".encode("utf-16"), "meta-data: is in UTF-16; save it as UTF-8")

    def test_tags(self) -> None:
        self.check(
            b"a: !!python/object/apply:os.system [id]\n",
            'meta-data:1:4: has the tag "tag:yaml.org,2002:python/object/apply:os.system"; '
            "only plain values are read",
        )
        self.check(b"a: !Ref b\n", 'meta-data:1:4: has the tag "!Ref"; only plain values are read')

    def test_two_documents(self) -> None:
        self.check(
            b"a: 1\n---\nb: 2\n", "meta-data:2:1: has a second document (---); there may be only one"
        )

    def test_too_deep(self) -> None:
        self.check(b"[" * 100_000, "meta-data:1:65: is nested more than 64 levels deep")

    def test_aliases_that_explode(self) -> None:
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
        self.assertEqual(
            problem_of("\n".join(lines).encode()),
            "meta-data:5:5: has more than 100000 values, its aliases followed",
        )

    def test_an_alias_to_itself(self) -> None:
        self.check(b"a: &x [*x]\n", "meta-data:1:4: has an alias that leads to itself")

    def test_too_large(self) -> None:
        self.check(b"#" * (MAX_BYTES + 1), "meta-data: is larger than 4194304 bytes; make it smaller")

    def test_a_number_without_end(self) -> None:
        self.check(
            b"a: " + b"1" * 5000,
            "meta-data: has a number that is too long; put it into quotes if it is text",
        )
