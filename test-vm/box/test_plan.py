import json
import unittest

import samples
from kiln.identity import Identity, Record, identity_of, owns, record_of
from kiln.k0s_arguments import arguments_of, environment_file, unit_of
from kiln.plan import Plan, plan_of
from kiln.request import check
from kiln.request_model import Request
from systemd_words import words_of


def request_of(k0s: object) -> Request:
    request, problems = check(k0s)
    assert request is not None, problems
    return request


def plan(request: Request, joins: bool = True, record: Record | None = None, on_disk: tuple[str, ...] = ()) -> Plan:
    return plan_of(request, identity_of(request, "c1"), record, on_disk, joins)


class Arguments(unittest.TestCase):
    def check(self, k0s: object, joins: bool, expected: list[str]) -> None:
        request = request_of(k0s)
        uses_token = joins and request.token is not None
        self.assertEqual([unit_of(request), *arguments_of(request, uses_token)], expected)

    def test_each_role(self) -> None:
        config, disabled = "--config=/etc/k0s/k0s.yaml", "--disable-components=autopilot,update-prober"
        token, nft = "--token-file=/etc/k0s/token", "--iptables-mode=nft"
        self.check(samples.FIRST, False, ["k0scontroller.service", config, disabled])
        first = {**samples.FIRST, "token": samples.CONTROLLER_TOKEN}
        self.check(first, False, ["k0scontroller.service", config, disabled])
        self.check(first, True, ["k0scontroller.service", config, disabled, token])
        self.check(samples.OTHER, True, ["k0scontroller.service", config, disabled, token])
        self.check(
            {**samples.OTHER, "role": "controller+worker"},
            True,
            ["k0scontroller.service", config, disabled, "--enable-worker", token, nft],
        )
        self.check(samples.SINGLE, True, ["k0scontroller.service", config, disabled, "--single", nft])
        self.check(samples.WORKER, True, ["k0sworker.service", token, nft])

    def test_everything_of_a_worker(self) -> None:
        self.check(
            {
                **samples.WORKER,
                "labels": {"b": "2", "a": ""},
                "taints": ["x=y:NoSchedule", "z:NoExecute"],
                "profile": "small",
                "args": ["--debug", "--kubelet-extra-args=--v=2 --max-pods=50"],
            },
            True,
            [
                "k0sworker.service",
                "--token-file=/etc/k0s/token",
                "--iptables-mode=nft",
                "--labels=a=,b=2",
                "--taints=x=y:NoSchedule,z:NoExecute",
                "--profile=small",
                "--debug",
                "--kubelet-extra-args=--v=2 --max-pods=50",
            ],
        )

    def test_disabled_components_are_merged(self) -> None:
        args = ["--disable-components=metrics-server, helm", "--disable-components=autopilot", "--debug"]
        self.check(
            {**samples.SINGLE, "args": args},
            True,
            [
                "k0scontroller.service",
                "--config=/etc/k0s/k0s.yaml",
                "--disable-components=autopilot,helm,metrics-server,update-prober",
                "--single",
                "--iptables-mode=nft",
                "--debug",
            ],
        )

    def test_systemd_gets_the_arguments_as_they_are(self) -> None:
        arguments = (
            "--debug",
            "--kubelet-extra-args=--v=2 --x=y",
            'with "double" quotes',
            "with 'single' quotes and `ticks`",
            "with \\ and $HOME and ${HOME} and $$ and %n",
            'mixed \\" \\\\ "',
            "ends with \\",
            "",
            "tab\there",
            "#comment;",
            "ünïcode",
        )
        self.assertEqual(words_of(environment_file(arguments), "KILN_K0S_ARGS"), list(arguments))
        self.assertEqual(environment_file(()), b'KILN_K0S_ARGS=""\n')
        self.assertEqual(environment_file(("--a=b", "--c")), b'KILN_K0S_ARGS="--a=b --c"\n')


class Files(unittest.TestCase):
    def test_a_first_controller(self) -> None:
        manifests = {"site/tokens.yaml": "kind: Secret\n"}
        made = plan(request_of({**samples.FIRST, "manifests": manifests}), joins=False)
        self.assertEqual(
            [f"{file.path} {file.mode:o}" for file in made.files],
            [
                "/var/lib/k0s/pki/ca.crt 644",
                "/var/lib/k0s/pki/ca.key 600",
                "/var/lib/k0s/pki/front-proxy-ca.crt 644",
                "/var/lib/k0s/pki/front-proxy-ca.key 600",
                "/var/lib/k0s/pki/etcd/ca.crt 644",
                "/var/lib/k0s/pki/etcd/ca.key 600",
                "/var/lib/k0s/pki/sa.pub 644",
                "/var/lib/k0s/pki/sa.key 600",
                "/var/lib/k0s/manifests/site/tokens.yaml 600",
                "/etc/k0s/k0s.yaml 600",
                "/run/kiln/k0s.env 600",
            ],
        )
        self.assertEqual(
            [f"{each.path} {each.mode:o}" for each in made.directories],
            [
                "/etc/k0s 755",
                "/var/lib/k0s 755",
                "/var/lib/k0s/pki 751",
                "/var/lib/k0s/pki/etcd 711",
                "/var/lib/k0s/manifests 755",
                "/var/lib/k0s/manifests/site 755",
            ],
        )
        config = next(file for file in made.files if file.path == "/etc/k0s/k0s.yaml")
        self.assertEqual(json.loads(config.data), samples.config())

    def test_a_worker_has_a_token_and_nothing_else(self) -> None:
        made = plan(request_of(samples.WORKER))
        self.assertEqual([file.path for file in made.files], ["/etc/k0s/token", "/run/kiln/k0s.env"])
        self.assertEqual(made.files[0].data.decode(), samples.WORKER_TOKEN)

    def test_a_first_controller_with_a_token_does_not_get_it_when_it_starts_the_cluster(self) -> None:
        request = request_of({**samples.FIRST, "token": samples.CONTROLLER_TOKEN})
        self.assertNotIn("/etc/k0s/token", [file.path for file in plan(request, joins=False).files])
        self.assertIn("/etc/k0s/token", [file.path for file in plan(request, joins=True).files])

    def test_no_secret_is_in_arguments_or_in_the_text_form_of_a_plan(self) -> None:
        made = plan(request_of({**samples.FIRST, "token": samples.CONTROLLER_TOKEN}))
        self.assertNotIn("PRIVATE", repr(made))
        self.assertNotIn(samples.CONTROLLER_TOKEN[:20], repr(made))


class Pki(unittest.TestCase):
    def placed(self, record: Record | None, on_disk: tuple[str, ...], changes: dict[str, str]) -> list[str]:
        request = request_of({**samples.FIRST, "pki": {**samples.SITE_PKI, **changes}})
        made = plan(request, joins=False, record=record, on_disk=on_disk)
        prefix = "/var/lib/k0s/pki/"
        return [file.path.removeprefix(prefix) for file in made.files if file.path.startswith(prefix)]

    def test_what_is_whole_and_was_placed_stays(self) -> None:
        whole = tuple(samples.SITE_PKI)
        record = plan(request_of(samples.FIRST)).record
        self.assertEqual(self.placed(record, whole, {}), [])
        self.assertEqual(self.placed(None, whole, {}), list(plan_pki_names()))

    def test_half_a_pair_is_written_whole(self) -> None:
        record = plan(request_of(samples.FIRST)).record
        without = tuple(name for name in samples.SITE_PKI if name not in ("ca.key", "sa.pub"))
        self.assertEqual(self.placed(record, without, {}), ["ca.crt", "ca.key", "sa.pub", "sa.key"])

    def test_etcds_ca_is_placed_only_where_k0s_runs_etcd(self) -> None:
        def places_etcd(k0s: dict[str, object]) -> bool:
            made = plan(request_of({**k0s, "pki": samples.SITE_PKI}))
            directories = [each.path for each in made.directories]
            places = any("/pki/etcd/" in file.path for file in made.files)
            self.assertEqual("/var/lib/k0s/pki/etcd" in directories, places)
            return places

        external = {"etcd": {"externalCluster": {"endpoints": ["https://10.0.0.50:2379"]}}}
        self.assertTrue(places_etcd(samples.FIRST))
        self.assertFalse(places_etcd({**samples.OTHER, "config": samples.config(storage=external)}))
        self.assertFalse(places_etcd(samples.SINGLE))
        etcd = samples.config(storage={"type": "etcd"})
        self.assertTrue(places_etcd({**samples.SINGLE, "config": etcd}))

    def test_another_key_in_the_seed_replaces_the_pair(self) -> None:
        record = plan(request_of(samples.FIRST)).record
        changed = {"sa.key": samples.pem("etcd-ca.key")}
        self.assertEqual(self.placed(record, tuple(samples.SITE_PKI), changed), ["sa.pub", "sa.key"])


def plan_pki_names() -> tuple[str, ...]:
    return (
        "ca.crt",
        "ca.key",
        "front-proxy-ca.crt",
        "front-proxy-ca.key",
        "etcd/ca.crt",
        "etcd/ca.key",
        "sa.pub",
        "sa.key",
    )


class Manifests(unittest.TestCase):
    def test_one_that_left_the_seed_is_removed(self) -> None:
        before = plan(request_of({**samples.OTHER, "manifests": {"a/x.yaml": "a: 1", "a/y.yaml": "a: 1"}}))
        after = plan(request_of({**samples.OTHER, "manifests": {"a/y.yaml": "a: 1"}}), record=before.record)
        self.assertEqual(after.removals, ("/var/lib/k0s/manifests/a/x.yaml",))
        self.assertEqual(after.record.manifests, ("a/y.yaml",))


class Identities(unittest.TestCase):
    def test_the_cluster_is_that_of_the_ca(self) -> None:
        first, worker = request_of(samples.FIRST), request_of(samples.WORKER)
        self.assertEqual(identity_of(first, "a").cluster, identity_of(worker, "a").cluster)
        self.assertIsNone(identity_of(request_of(samples.SINGLE), "a").cluster)

    def test_what_owns_the_state(self) -> None:
        site, other = "1" * 64, "2" * 64
        wanted = Identity(site, "controller", "c1")
        table: list[tuple[Identity, Identity | None, str | None, bool]] = [
            (wanted, wanted, site, True),
            (wanted, Identity(site, "controller", "c2"), site, False),
            (wanted, Identity(site, "worker", "c1"), site, False),
            (wanted, Identity(other, "controller", "c1"), other, False),
            # k0s made a CA, and now there is one in the seed.
            (wanted, Identity(None, "controller", "c1"), other, False),
            (wanted, Identity(None, "controller", "c1"), None, True),
            # Nobody has said whose it is.
            (wanted, None, site, True),
            (wanted, None, other, False),
            (Identity(site, "worker", "c1"), None, None, False),
            # A cluster that makes its own CA.
            (Identity(None, "single", "c1"), Identity(None, "single", "c1"), other, True),
            (Identity(None, "single", "c1"), None, other, True),
        ]
        for wanted_, recorded, on_disk, expected in table:
            self.assertEqual(owns(wanted_, recorded, on_disk), expected, (wanted_, recorded, on_disk))

    def test_a_controller_that_becomes_a_worker_too_keeps_its_state(self) -> None:
        both = request_of({**samples.FIRST, "role": "controller+worker"})
        self.assertEqual(identity_of(both, "c1"), identity_of(request_of(samples.FIRST), "c1"))

    def test_a_record_survives_its_file_and_a_damaged_one_is_none(self) -> None:
        record = plan(request_of(samples.FIRST)).record
        self.assertEqual(record_of(record.as_bytes()), record)
        for data in (b"", b"{}", b"[]", b'{"identity": {"x": 1}}', b"\x00", b"null"):
            self.assertIsNone(record_of(data))
