import gzip
import json
import unittest
from collections.abc import Mapping
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import samples
from kiln.network_config import read_error, wrap
from kiln.problem import Problem
from kiln.seed_check import Examined, examine
from kiln.seed_files import CONFIG_DRIVE, NOCLOUD, TOTAL_LIMIT, Seed

GOOD = b"instance-id: a\nlocal-hostname: box-a\n"


def look(
    files: Mapping[str, bytes], overrides: Mapping[str, str] | None = None, kind: str = NOCLOUD
) -> Examined:
    return examine(Seed(kind, "test", files), overrides or {})


def user_data(text: str) -> Examined:
    return look({"meta-data": GOOD, "user-data": text.encode()})


class WholeSeeds(unittest.TestCase):
    def good(self, found: Examined, instance_id: str) -> None:
        self.assertEqual(found.findings.errors, [])
        self.assertEqual(found.findings.k0s, [])
        self.assertEqual(found.findings.warnings, [])
        self.assertEqual(found.instance_id, instance_id)
        self.assertTrue(found.is_good)

    def broken(self, files: Mapping[str, bytes], expected: str, kind: str = NOCLOUD) -> None:
        found = look(files, kind=kind)
        self.assertEqual([str(each) for each in found.findings.errors], [expected])
        self.assertFalse(found.is_usable)

    def test_a_seed_needs_nothing_but_an_instance_id(self) -> None:
        self.good(look({"meta-data": b"instance-id: a\n"}), "a")
        self.good(look({"meta-data": b"instance-id: 7\n"}), "7")
        self.good(look({"meta-data": b""}, {"instance-id": "of-line"}), "of-line")

    def test_what_the_command_line_says_comes_first(self) -> None:
        self.good(look({"meta-data": GOOD}, {"instance-id": "b"}), "b")

    def test_metadata_that_cannot_be_read(self) -> None:
        self.broken({"meta-data": b"instance-id: a\n  b: c\n"},
                    "meta-data:2:4: is not valid YAML: mapping values are not allowed in this context")
        self.broken({"meta-data": b"instance-id: a\ninstance-id: b\n"},
                    'meta-data:2:1: has the key "instance-id" twice, first in line 1')
        self.broken({"meta-data": b"\x00\x01\x02"}, "meta-data:1:1: has the control character 0x00; "
                    "is it the right file?")
        self.broken({"meta-data": b"- a\n"},
                    "meta-data: has to be a map of keys and values, as in: instance-id: box-1")

    def test_an_instance_id_that_is_missing_or_no_name(self) -> None:
        self.broken({"meta-data": b"local-hostname: a\n"},
                    "meta-data: has no instance-id; give the box one, and another one when its seed changes")
        self.broken({"meta-data": b"instance_id: a\n"},
                    'meta-data: has no instance-id ("instance_id" is there); '
                    "give the box one, and another one when its seed changes")
        for wrong in (b"''", b"'..'", b"[a]", b'"a\\nb"', b"x" * 201, b"true"):
            found = look({"meta-data": b"instance-id: " + wrong + b"\n"})
            self.assertEqual(len(found.findings.errors), 1, wrong)

    def test_a_host_name_that_is_none(self) -> None:
        for wrong in ("-a", "a_b", "a b", "x" * 64, "5"):
            found = look({"meta-data": f"instance-id: a\nlocal-hostname: {wrong}\n".encode()})
            keys = [each.key for each in found.findings.errors]
            self.assertEqual(keys, ["meta-data: local-hostname"], wrong)

    def test_mistakes_in_the_k0s_key_leave_the_box_reachable(self) -> None:
        found = look({"meta-data": GOOD + b"k0s: {role: wrker}\n"})
        self.assertTrue(found.is_usable)
        self.assertFalse(found.is_good)
        self.assertEqual([each.key for each in found.findings.k0s], ["k0s.role"])

    def test_a_k0s_key_with_a_slip_is_no_box_without_k0s(self) -> None:
        found = look({"meta-data": GOOD + b"k8s: {role: single}\n"})
        self.assertEqual([str(each) for each in found.findings.k0s],
                         ['meta-data: k8s: is unknown; did you mean "k0s"?'])

    def test_a_request_of_k0s_that_is_whole(self) -> None:
        k0s = f"k0s: {{role: worker, token: {samples.WORKER_TOKEN}}}\n"
        self.good(look({"meta-data": GOOD + k0s.encode()}), "a")

    def test_network_config_has_a_version(self) -> None:
        self.good(look({"meta-data": GOOD, "network-config": b"version: 2\nethernets: {}\n"}), "a")
        self.good(look({"meta-data": GOOD, "network-config": b"network: {version: 2}\n"}), "a")
        self.good(look({"meta-data": GOOD, "network-config": b"network: {config: disabled}\n"}), "a")
        self.broken({"meta-data": GOOD, "network-config": b"ethernets: {}\n"},
                    "network-config: version: has to be 1 or 2; it says how the rest is read")
        self.broken({"meta-data": GOOD, "network-config": b"text\n"}, "network-config: has to be a map with "
                    "version: 2 and the interfaces below ethernets:")

    def test_netplan_is_asked_about_version_2(self) -> None:
        for data, expected in ((b"version: 2\n", 1), (b"network: {version: 2}\n", 1), (b"version: 1\nconfig: []\n", 0)):
            seed = Seed(NOCLOUD, "test", {"meta-data": GOOD, "network-config": data})
            found = examine(seed, {}, lambda *_: [Problem("network-config", "is wrong")])
            self.assertEqual(len(found.findings.errors), expected)

    def test_a_mistake_that_netplan_finds_has_its_place_in_the_file(self) -> None:
        text = "/t/etc/netplan/seed.yaml:4:19: Error in network definition: malformed address 'x'\n  - x\n    ^\n"
        message = "netplan refuses it: malformed address 'x'"
        self.assertEqual(read_error(text, "network-config", False), Problem("network-config:4:20", message))
        self.assertEqual(read_error(text, "network-config", True), Problem("network-config:3:18", message))
        self.assertEqual(read_error("", "network-config", True).key, "network-config")
        self.assertEqual(wrap("---\nversion: 2\n"), "network:\n  \n  version: 2\n")

    def test_all_mistakes_are_told_at_once(self) -> None:
        user_data = b"#cloud-config\na: [\n"
        found = look({"meta-data": b"k0s: {role: x}\n", "user-data": user_data, "network-config": b"1"})
        self.assertEqual(len(found.findings.errors), 3)
        self.assertEqual(len(found.findings.k0s), 1)


class ConfigDrives(unittest.TestCase):
    META = "openstack/latest/meta_data.json"

    def test_metadata_of_openstack(self) -> None:
        meta = {"uuid": "u", "hostname": "box", "k0s": {"role": "single"}}
        found = look({self.META: json.dumps(meta).encode()}, kind=CONFIG_DRIVE)
        self.assertTrue(found.is_good, found.findings)
        expected = {"instance-id": "u", "local-hostname": "box", "k0s": {"role": "single"}}
        self.assertEqual(found.meta_data, expected)

    def test_the_k0s_key_may_be_text_in_meta(self) -> None:
        meta = {"uuid": "u", "meta": {"k0s": '{"role": "single"}'}}
        found = look({self.META: json.dumps(meta).encode()}, kind=CONFIG_DRIVE)
        self.assertEqual(found.meta_data["k0s"], {"role": "single"})

    def test_the_var_key_comes_along(self) -> None:
        for meta in ({"var": {"disk": "only"}}, {"meta": {"var": '{"disk": "only"}'}}):
            found = look({self.META: json.dumps({"uuid": "u", **meta}).encode()}, kind=CONFIG_DRIVE)
            self.assertEqual(found.meta_data["var"], {"disk": "only"})
            self.assertTrue(found.is_good)

    def test_json_with_mistakes(self) -> None:
        for text, expected in (
            ('{"uuid": "a"', f"{self.META}:1:13: is not valid JSON: Expecting ',' delimiter"),
            ('{"uuid": "a", "uuid": "b"}', f'{self.META}: has the key "uuid" twice'),
            ("{}", f"{self.META}: has no uuid; give the box one, and another one when its seed changes"),
        ):
            found = look({self.META: text.encode()}, kind=CONFIG_DRIVE)
            self.assertEqual([str(each) for each in found.findings.errors], [expected])


class Var(unittest.TestCase):
    def told(self, text: str) -> list[str]:
        found = look({"meta-data": GOOD + text.encode()})
        self.assertTrue(found.is_usable)
        return [str(each) for each in found.findings.k0s]

    def test_a_mistake_keeps_k0s_from_starting(self) -> None:
        self.assertEqual(self.told("var: {disk: smallest}\n"), [])
        self.assertEqual(self.told("var: {disk: smalest}\n"), ['var.disk: is "smalest"; did you mean "smallest"?'])
        self.assertEqual(self.told("vars: {disk: only}\n"), ['meta-data: vars: is unknown; did you mean "var"?'])
        self.assertEqual(self.told("vault: x\nvendor: y\n"), [])

    def test_a_box_that_is_installed_has_its_own(self) -> None:
        [told] = self.told("var: {disk: only}\ninstall: {disk: only}\n")
        self.assertTrue(told.startswith("var: is for a box without a system on its disk"), told)


class UserData(unittest.TestCase):
    def warned(self, text: str, expected: list[str]) -> None:
        found = user_data(f"#cloud-config\n{text}")
        self.assertEqual(found.findings.errors, [])
        self.assertEqual([each.key for each in found.findings.warnings], expected)
        self.assertTrue(found.is_good)

    def test_what_installs_something_is_told_and_the_rest_counts(self) -> None:
        self.warned("packages: [x]\nruncmd: [ls]\n", ["user-data: packages"])
        self.warned("package_update: true\napt: {}\nsnap: {}\n",
                    ["user-data: package_update", "user-data: apt", "user-data: snap"])

    def test_what_this_image_does_not_do_is_told(self) -> None:
        self.warned("mounts: []\nlocale: de_DE\ngrowpart: {}\n",
                    ["user-data: mounts", "user-data: locale", "user-data: growpart"])

    def test_a_slip_is_told_with_the_word_that_was_meant(self) -> None:
        found = user_data("#cloud-config\nssh_authorized_key: [x]\n")
        self.assertEqual(str(found.findings.warnings[0]),
                         "user-data: ssh_authorized_key: is no key of cloud-config; "
                         'did you mean "ssh_authorized_keys"?')

    def refused(self, text: str, expected: list[str]) -> None:
        found = user_data(f"#cloud-config\n{text}")
        self.assertEqual([each.key for each in found.findings.errors], expected)

    def test_files_in_the_read_only_system(self) -> None:
        files = "write_files: [{path: /etc/x}, {path: /usr/bin/x}]\n"
        self.refused(files, ["user-data: write_files[1].path"])

    def test_a_time_zone_that_is_not_there(self) -> None:
        self.refused("timezone: Mars/Olympus\n", ["user-data: timezone"])
        self.refused("timezone: 5\n", ["user-data: timezone"])

    def test_authorities(self) -> None:
        self.refused("ca_certs: {remove_defaults: true}\n", ["user-data: ca_certs.remove_defaults"])
        self.refused("ca_certs: {trusted: [text]}\n", ["user-data: ca_certs.trusted[0]"])
        self.refused(f"ca_certs: {json.dumps({'trusted': [samples.pem('ca.crt')]})}\n", [])

    def test_text_that_cloud_init_does_not_know(self) -> None:
        found = user_data("users: []\n")
        self.assertEqual([each.key for each in found.findings.errors], ["user-data:1"])

    def test_forms_that_are_left_to_cloud_init(self) -> None:
        template = "## template: jinja\n#cloud-config\n{{ x }}\n"
        for text in ("#!/bin/sh\n: [\n", "#include\nhttp://x/\n", template, "\n"):
            self.assertTrue(user_data(text).is_good, text)

    def test_yaml_with_a_mistake_has_its_place(self) -> None:
        found = user_data("#cloud-config\nruncmd: [\n")
        self.assertRegex(str(found.findings.errors[0]), "^user-data:[23]:.*is not valid YAML")

    def test_parts_are_looked_at_one_by_one(self) -> None:
        whole = MIMEMultipart()
        whole.attach(MIMEText("#!/bin/sh\n", "x-shellscript"))
        whole.attach(MIMEText("#cloud-config\na: b: c\n", "cloud-config"))
        found = user_data(whole.as_string())
        self.assertRegex(str(found.findings.errors[0]), "^user-data part 2:2:5: is not valid YAML")

    def test_compressed_user_data(self) -> None:
        def packed(data: bytes) -> Examined:
            return look({"meta-data": GOOD, "user-data": gzip.compress(data)})

        self.assertEqual(len(packed(b"#cloud-config\npackages: []\n").findings.warnings), 1)
        self.assertFalse(packed(b"x" * (TOTAL_LIMIT + 1)).is_usable)
        self.assertFalse(look({"meta-data": GOOD, "user-data": b"\x1f\x8bx"}).is_usable)

    def test_vendor_data_is_looked_at_as_well(self) -> None:
        found = look({"meta-data": GOOD, "vendor-data": b"#cloud-config\npackages: []\n"})
        self.assertEqual([each.key for each in found.findings.warnings], ["vendor-data: packages"])
