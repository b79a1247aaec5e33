import json
import os
import tempfile
import unittest
from contextlib import AbstractContextManager
from pathlib import Path
from unittest import mock

import samples
from fake_box import FakeBox
from kiln.guard import OTHER, SITE, Answer
from kiln.provisioning import BROKEN, DONE, TRY_AGAIN

MEMBER = "var/lib/k0s/etcd/member/snap/db"


class BoxTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.box = FakeBox(Path(directory.name))

    def text(self, path: str) -> str:
        return (self.box.root / path).read_text()

    def exists(self, path: str) -> bool:
        return (self.box.root / path).exists()


class Roles(BoxTest):
    def test_a_plain_machine(self) -> None:
        self.assertEqual(self.box.run(), DONE)
        self.assertEqual(
            self.box.published,
            {"role": None, "name": "c1", "unit": None, "started": False, "problems": []},
        )
        self.assertEqual(self.box.files("var"), [])

    def test_a_first_controller(self) -> None:
        self.box.seed({**samples.FIRST, "manifests": {"site/a.yaml": "a: 1\n"}})
        self.assertEqual(self.box.run(), DONE)
        self.assertEqual(self.box.units.started, ["k0scontroller.service"])
        self.assertEqual(
            self.box.published,
            {
                "role": "controller",
                "name": "c1",
                "unit": "k0scontroller.service",
                "started": True,
                "certificates": "auto",
                "problems": [],
            },
        )
        self.assertEqual(self.box.files("etc"), ["etc/k0s/k0s.yaml 600"])
        self.assertEqual(self.box.files("run"), ["run/kiln/k0s.env 600"])
        self.assertEqual(
            self.box.files("var"),
            [
                "var/lib/k0s/manifests/site/a.yaml 600",
                "var/lib/k0s/pki/ca.crt 644",
                "var/lib/k0s/pki/ca.key 600",
                "var/lib/k0s/pki/etcd/ca.crt 644",
                "var/lib/k0s/pki/etcd/ca.key 600",
                "var/lib/k0s/pki/front-proxy-ca.crt 644",
                "var/lib/k0s/pki/front-proxy-ca.key 600",
                "var/lib/k0s/pki/sa.key 600",
                "var/lib/k0s/pki/sa.pub 644",
                "var/lib/kiln/provision/identity.json 600",
                "var/lib/kiln/provision/request.json 600",
                "var/lib/kiln/seed/metadata.json 644",
            ],
        )
        self.assertEqual(
            self.box.arguments,
            'KILN_K0S_ARGS="--config=/etc/k0s/k0s.yaml --disable-components=autopilot,update-prober"',
        )
        self.assertEqual(len(self.box.asked), 1)

    def test_a_joining_controller_and_a_worker_do_not_ask(self) -> None:
        for k0s in (samples.OTHER, samples.WORKER):
            self.box.boot()
            self.box.seed(k0s)
            self.assertEqual(self.box.run(), DONE)
            self.assertIn("--token-file=/etc/k0s/token", self.box.arguments)
            self.assertEqual(self.box.files("etc/k0s")[-1], "etc/k0s/token 600")
        self.assertEqual(self.box.asked, [])
        self.assertEqual(self.text("etc/k0s/token"), samples.WORKER_TOKEN)

    def test_a_token_file_is_copied(self) -> None:
        self.box.write("etc/site/token", samples.WORKER_TOKEN + "\n")
        self.box.seed({"role": "worker", "token-file": "/etc/site/token"})
        self.assertEqual(self.box.run(), DONE)
        self.assertEqual(self.text("etc/k0s/token"), samples.WORKER_TOKEN)

    def test_user_data_of_a_cloud(self) -> None:
        merged = {"users": [], "k0s": samples.WORKER, "_doc": "x"}
        self.box.write("run/cloud-init/combined-cloud-config.json", json.dumps(merged))
        self.box.write("run/cloud-init/.instance-id", "i-0abc\n")
        self.assertEqual(self.box.run(), DONE)
        self.assertEqual(json.loads(self.text("var/lib/kiln/provision/request.json"))["instance-id"], "i-0abc")

    def test_the_next_boot_changes_nothing_in_var(self) -> None:
        self.box.seed({**samples.FIRST, "manifests": {"site/a.yaml": "a: 1\n"}})
        self.box.run()
        # What k0s does with its keys.
        os.chmod(self.box.root / "var/lib/k0s/pki/ca.key", 0o640)
        self.box.write(MEMBER)
        before = self._stamps()
        self.box.boot()
        self.assertEqual(self.box.run(), DONE)
        self.assertEqual(self._stamps(), before)
        self.assertEqual(self.box.units.started, ["k0scontroller.service"])
        self.assertEqual(self.box.k0s_calls, [])

    def test_a_second_run_in_the_same_boot_does_nothing(self) -> None:
        self.box.seed(samples.WORKER)
        self.box.run()
        self.assertEqual(self.box.run(), DONE)
        self.assertEqual(self.box.units.started, ["k0sworker.service"])
        self.box.seed(samples.SINGLE, "i-2")
        self.assertEqual(self.box.run(), BROKEN)
        self.assertEqual(
            self.box.problems,
            ["k0s: asks for another role, name or cluster than k0s runs as; restart the box"],
        )

    def _stamps(self) -> dict[str, tuple[int, int]]:
        return {
            str(path): (path.stat().st_ino, path.stat().st_mtime_ns)
            for path in (self.box.root / "var").rglob("*")
            if path.is_file()
        }


class Mistakes(BoxTest):
    def check(self, code: int, *problems: str) -> None:
        self.assertEqual(self.box.run(), code)
        self.assertEqual(self.box.problems, list(problems))
        self.assertEqual(self.box.units.started, [])
        self.assertFalse(self.exists("run/kiln/k0s.env"))
        self.assertFalse(self.box.published["started"])

    def test_an_invalid_request_starts_nothing(self) -> None:
        self.box.seed({"role": "workr"})
        self.check(BROKEN, 'k0s.role: is "workr"; did you mean "worker"?')
        self.assertEqual(self.box.files("var/lib/k0s"), [])

    def test_what_k0s_refuses_is_told_without_secrets(self) -> None:
        keepalived = {"vrrpInstances": [{"authPass": "s3cret-pass"}]}
        network = {"controlPlaneLoadBalancing": {"adress": "x", "keepalived": keepalived}}
        self.box.seed({**samples.FIRST, "config": samples.config(network=network)})
        self.check(
            BROKEN,
            'k0s.config: is refused by k0s: json: unknown field "adress", near authPass (hidden)',
        )

    def test_a_box_without_a_name(self) -> None:
        self.box.seed(samples.WORKER)
        self.box.name = "localhost"
        self.check(
            BROKEN, "local-hostname: is missing: the box's name is its name in the cluster; give one"
        )
        self.box.name = "my_box"
        self.check(
            BROKEN,
            'local-hostname: is "my_box", which cannot be a node\'s name; use small letters, digits and -',
        )

    def test_an_image_without_k0s(self) -> None:
        (self.box.root / "usr/bin/k0s").unlink()
        self.box.seed(samples.WORKER)
        self.check(BROKEN, "k0s: cannot be started: the image has no /usr/bin/k0s; build it with one")

    def test_an_address_that_the_box_has_not(self) -> None:
        self.box.addresses = {"10.0.2.15", "fd00::5"}
        self.box.seed(samples.FIRST)
        has = "(it has 10.0.2.15, fd00::5); correct it, or the network configuration"
        self.check(
            TRY_AGAIN,
            f"k0s.config.spec.api.address: 10.0.0.11 is no address of this box {has}",
            f"k0s.config.spec.storage.etcd.peerAddress: 10.0.0.11 is no address of this box {has}",
        )
        self.box.addresses = {"10.0.0.11"}
        self.assertEqual(self.box.run(), DONE)
        self.assertEqual(self.box.problems, [])

    def test_an_ipv6_address_in_another_form_is_the_same(self) -> None:
        self.box.addresses = {"fd00::11"}
        addresses = {"api": {"address": "FD00:0::11"}, "storage": {"etcd": {"peerAddress": "fd00:0:0::11"}}}
        self.box.seed({**samples.FIRST, "config": samples.config(**addresses)})
        self.assertEqual(self.box.run(), DONE)

    def test_meta_data_that_is_damaged(self) -> None:
        self.box.write("var/lib/kiln/seed/metadata.json", "a: [\n")
        self.assertEqual(self.box.run(), BROKEN)
        self.assertIn("meta-data:2:1: is not valid YAML", self.box.problems[0])

    def test_a_key_in_both_places(self) -> None:
        self.box.seed(samples.WORKER)
        self.box.write("run/cloud-init/combined-cloud-config.json", json.dumps({"k0s": samples.WORKER}))
        self.check(BROKEN, "k0s: is in meta-data and in user-data; leave it in one of them")

    def test_user_data_that_cloud_init_leaves_out(self) -> None:
        self.box.write("run/cloud-init/combined-cloud-config.json", json.dumps({"users": []}))
        self.box.write("var/lib/cloud/instance/user-data.txt", "#cloud-config\nk0s: {role: worker\n")
        self.assertEqual(self.box.run(), BROKEN)
        self.assertIn("user-data:3:1: is not valid YAML", self.box.problems[0])


class Remembered(BoxTest):
    def test_a_request_that_is_no_longer_valid(self) -> None:
        self.box.write("etc/site/token", samples.WORKER_TOKEN)
        self.box.seed({"role": "worker", "token-file": "/etc/site/token"})
        self.box.run()
        self.box.boot()
        self.assertEqual(self.box.run(), DONE)
        self.assertEqual(self.box.units.started, ["k0sworker.service"])
        self.assertEqual(self.box.published["role"], "worker")
        self.assertEqual(
            self.box.problems,
            [
                "k0s.token-file: /etc/site/token cannot be read: No such file or directory; put the token there"
            ],
        )

    def test_another_instance_never_goes_on_as_the_former(self) -> None:
        self.box.seed(samples.WORKER)
        self.box.run()
        self.box.boot()
        self.box.seed({"role": "worker"}, "i-2")
        self.assertEqual(self.box.run(), BROKEN)
        self.assertEqual(self.box.units.started, [])


class SetAside(BoxTest):
    def setUp(self) -> None:
        super().setUp()
        self.box.seed(samples.FIRST)
        self.box.run()
        self.box.write(MEMBER)
        self.box.write("var/lib/k0s/images/bundle.tar")
        self.box.write("var/lib/cni/networks/lease")
        (self.box.root / "var/lib/k0s/kubelet-plugins").mkdir()
        self.box.boot()

    def test_another_role(self) -> None:
        self.box.seed(samples.WORKER, "i-2")
        self.assertEqual(self.box.run(), DONE)
        self.assertEqual(self.box.files("var/lib/k0s"), ["var/lib/k0s/images/bundle.tar 644"])
        self.assertEqual(self.box.files("var/lib/cni"), [])
        self.assertIn("var/lib/kiln/aside/0/var-lib-k0s-etcd/member/snap/db 644", self.box.files("var/lib/kiln/aside"))
        self.assertEqual(self.identity()["kind"], "worker")

    def test_another_cluster(self) -> None:
        pki = {**samples.SITE_PKI, "ca.crt": samples.pem("other-ca.crt"), "ca.key": samples.pem("other-ca.key")}
        self.box.seed({**samples.FIRST, "pki": pki}, "i-2")
        self.assertEqual(self.box.run(), DONE)
        self.assertFalse(self.exists(MEMBER))
        self.assertEqual(self.text("var/lib/k0s/pki/ca.crt"), samples.pem("other-ca.crt"))

    def test_another_name(self) -> None:
        self.box.name = "c2"
        self.box.run()
        self.assertFalse(self.exists(MEMBER))
        self.assertEqual(self.identity()["name"], "c2")

    def test_the_same_node_keeps_everything(self) -> None:
        for k0s in (samples.FIRST, {**samples.FIRST, "role": "controller+worker"}):
            self.box.boot()
            self.box.seed(k0s, "i-2")
            self.assertEqual(self.box.run(), DONE)
            self.assertTrue(self.exists(MEMBER))
            self.assertFalse(self.exists("var/lib/kiln/aside"))

    def test_nothing_is_set_aside_for_a_request_that_is_not_valid(self) -> None:
        self.box.seed({"role": "worker"}, "i-2")
        self.box.run()
        self.assertTrue(self.exists(MEMBER))

    def identity(self) -> dict[str, str]:
        return json.loads(self.text("var/lib/kiln/provision/identity.json"))["identity"]


class Guard(BoxTest):
    ALIVE = [Answer("10.0.0.12", 9443, SITE)]
    WITH_TOKEN = {**samples.FIRST, "token": samples.CONTROLLER_TOKEN}

    def test_a_wiped_controller_joins(self) -> None:
        self.box.seed(self.WITH_TOKEN)
        self.box.answers, self.box.is_member = self.ALIVE, False
        self.assertEqual(self.box.run(), DONE)
        self.assertIn("--token-file=/etc/k0s/token", self.box.arguments)
        self.box.write(MEMBER)
        self.box.boot()
        self.assertEqual(self.box.run(), DONE)
        self.assertEqual(len(self.box.asked), 1)
        self.assertIn("--token-file=/etc/k0s/token", self.box.arguments)

    def test_a_wiped_controller_stops_and_goes_on_when_the_way_is_free(self) -> None:
        self.box.seed(self.WITH_TOKEN)
        self.box.answers, self.box.is_member = self.ALIVE, True
        self.assertEqual(self.box.run(), TRY_AGAIN)
        self.assertEqual(self.box.units.started, [])
        self.assertIn("run `k0s etcd leave --peer-address 10.0.0.11`", self.box.problems[0])
        self.assertFalse(self.exists("run/kiln/k0s.env"))
        self.box.is_member = False
        self.assertEqual(self.box.run(), DONE)
        self.assertEqual(self.box.problems, [])

    def test_a_wiped_controller_without_a_token_stops(self) -> None:
        self.box.seed(samples.FIRST)
        self.box.answers = self.ALIVE
        self.assertEqual(self.box.run(), TRY_AGAIN)
        self.assertEqual(self.box.units.started, [])
        self.assertIn("starts no second one", self.box.problems[0])

    def test_a_stranger_is_a_warning(self) -> None:
        self.box.seed(samples.FIRST)
        self.box.answers = [Answer("10.0.0.12", 6443, OTHER)]
        self.assertEqual(self.box.run(), DONE)
        self.assertEqual(self.box.published["problems"][0]["severity"], "warning")  # type: ignore[index]


class PowerCuts(BoxTest):
    """Power goes before each rename and each other step that changes the disk; then the box boots again."""

    def setUp(self) -> None:
        super().setUp()
        # Here the disk forgets nothing anyway, and waiting for it takes longer than all else.
        patch = mock.patch.object(os, "fsync", lambda descriptor: None)
        patch.start()
        self.addCleanup(patch.stop)

    def test_a_first_boot_may_be_cut_anywhere(self) -> None:
        self._cut_everywhere({**samples.FIRST, "manifests": {"site/a.yaml": "a: 1\n"}}, former=None)

    def test_becoming_another_may_be_cut_anywhere(self) -> None:
        self._cut_everywhere(samples.WORKER, former=samples.FIRST)

    def _cut_everywhere(self, k0s: dict[str, object], former: dict[str, object] | None) -> None:
        expected: list[str] | None = None
        for step in range(200):
            with tempfile.TemporaryDirectory() as directory:
                box = FakeBox(Path(directory))
                if former:
                    box.seed(former, "i-0")
                    box.run()
                    box.write(MEMBER)
                    box.boot()
                box.seed(k0s)
                was_cut = _run_with_cut(box, step)
                if was_cut:
                    self.assertEqual(box.units.started, [])
                    box.boot()
                    self.assertEqual(box.run(), DONE)
                self.assertEqual(len(box.units.started), 1)
                found = [line for line in box.files(".") if "aside" not in line and "calls" not in line]
                expected = expected or found
                self.assertEqual(found, expected)
                self.assertFalse([line for line in found if ".kiln-new" in line])
                if not was_cut:
                    self.assertGreater(step, 5)
                    return
        self.fail("never came to the end")


class _PowerCut(BaseException):
    pass


def _run_with_cut(box: FakeBox, step: int) -> bool:
    """Whether the run was cut before its n-th change."""
    left = step

    def cut(name: str) -> AbstractContextManager[object]:
        real = getattr(os, name)

        def changed(*args: object, **more: object) -> object:
            nonlocal left
            if left == 0:
                raise _PowerCut()
            left -= 1
            return real(*args, **more)

        return mock.patch.object(os, name, changed)

    with cut("replace"), cut("rename"), cut("mkdir"), cut("unlink"):
        try:
            box.run()
        except _PowerCut:
            return True
    return False
