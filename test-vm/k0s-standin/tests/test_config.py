import unittest

from k0s_standin.config.load import config_problems, settings_of
from k0s_standin.config.rules import role_problems
from k0s_standin.failure import Failure
from k0s_standin.strict_yaml import load

HEADER = "apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\nmetadata: {name: k0s}\n"


def problems(spec: str) -> list[str]:
    return config_problems(load(f"{HEADER}spec: {spec}\n".encode(), "k0s.yaml"))


class Validation(unittest.TestCase):
    def test_what_k0s_takes_is_taken(self) -> None:
        for spec in (
            "null",
            "{}",
            "{api: {address: 10.0.0.1, sans: [a.example, '::1'], externalAddress: lb, onlyBindToAddress: true}}",
            "{storage: {type: etcd, etcd: {peerAddress: 10.0.0.1, extraArgs: {name: a}, rawArgs: [--x]}}}",
            "{storage: {type: kine, kine: {dataSource: 'postgres://x'}}}",
            "{network: {provider: custom, kubeProxy: {disabled: true, mode: nftables, nftables: {syncPeriod: 30s}}}}",
            "{network: {provider: calico, calico: {mode: bird, envVars: {A: b}}, dualStack: {enabled: true, "
            "IPv6podCIDR: 'fd00::/108', IPv6serviceCIDR: 'fd01::/108'}}}",
            "{network: {controlPlaneLoadBalancing: {enabled: true, type: Keepalived, keepalived: "
            "{vrrpInstances: [{virtualIPs: [10.0.0.9/24], authPass: secret}]}}}}",
            "{workerProfiles: [{name: default, values: {volumePluginDir: /var/x, nodeStatusMaxImages: 5}}]}",
            "{extensions: {helm: {repositories: [{name: a, url: b}], charts: [{name: a, chartname: b, namespace: c, "
            "timeout: 5m, values: 'a: b'}]}}}",
            "{images: {default_pull_policy: Never, calico: {cni: {image: a, version: v1.2}}}, telemetry: {}}",
            "{featureGates: [{name: A, enabled: true, components: [kubelet]}], metricsServer: {patches: []}}",
        ):
            self.assertEqual(problems(spec), [], spec)

    def test_each_mistake_is_told_with_its_path(self) -> None:
        for spec, expected in (
            ("{api: {adress: 10.0.0.1}}", 'spec.api: unknown field "adress"'),
            ("{network: {calico: {mtu: big}}}", "spec.network.calico.mtu: is a string, but must be a whole number"),
            ("{api: {port: 0}}", "spec.api.port: Invalid value: 0: must be between 1 and 65535"),
            ("{api: {port: true}}", "spec.api.port: is true or false, but must be a whole number"),
            ("{api: {extraArgs: {v: 5}}}", "spec.api.extraArgs.v: is a number, but must be a string"),
            ("{network: {provider: flannel}}", "spec.network.provider: Unsupported value: 'flannel'"),
            ("{api: {address: box.example}}", 'spec.api.address: Invalid value: "box.example": invalid IP address'),
            ("{api: {address: 0.0.0.0}}", 'spec.api.address: Invalid value: "0.0.0.0": invalid INADDR_ANY'),
            ("{api: {sans: ['a b']}}", 'spec.api.sans[0]: Invalid value: "a b"'),
            ("{api: {ca: {expiresAfter: 10y}}}", 'spec.api.ca.expiresAfter: time: invalid duration "10y"'),
            ("{network: {podCIDR: 10.0.0.0}}", 'spec.network.podCIDR: Invalid value: "10.0.0.0"'),
            ("{storage: {etcd: {externalCluster: {endpoints: []}}}}", "endpoints: Required value"),
            ("{storage: {etcd: {externalCluster: {endpoints: [a], etcdPrefix: p, caFile: f}}}}", "all TLS properties"),
            ("{workerProfiles: [{name: a, values: {clusterDNS: []}}]}", "field `clusterDNS` is prohibited"),
            ("{network: {nodeLocalLoadBalancing: {enabled: true}}, api: {externalAddress: lb}}", "cannot be used in"),
            ("{network: {controlPlaneLoadBalancing: {keepalived: {vrrpInstances: [{virtualIPs: [10.0.0.9], "
             "authPass: a}]}}}}", "VirtualIPs must be a CIDR. Got: 10.0.0.9"),
            ("{network: {controlPlaneLoadBalancing: {keepalived: {vrrpInstances: [{virtualIPs: [10.0.0.9/24], "
             "authPass: ninechars}]}}}}", "AuthPass must be 8 characters or less"),
            ("{extensions: {helm: {charts: [{name: a}]}}}", "spec.extensions.helm.charts[0].chartname: Required value"),
            ("[]", "spec: is a list, but must be a mapping"),
        ):
            found = problems(spec)
            self.assertTrue(found, spec)
            self.assertIn(expected, found[0])

    def test_all_mistakes_are_told_at_once(self) -> None:
        self.assertEqual(len(problems("{api: {a: 1, b: 2}, c: 3}")), 3)

    def test_another_kind_is_refused(self) -> None:
        found = config_problems({"apiVersion": "v1", "kind": "ConfigMap", "data": {}})
        self.assertEqual(len(found), 3)

    def test_duplicate_keys_and_bad_yaml_name_the_line(self) -> None:
        with self.assertRaisesRegex(Failure, 'k0s.yaml: line 2: key "a" already set in map'):
            load(b"a: 1\na: 2\n", "k0s.yaml")
        with self.assertRaisesRegex(Failure, "k0s.yaml: error converting YAML to JSON: yaml: line 2"):
            load(b"a: b\n c: [\n", "k0s.yaml")
        with self.assertRaises(Failure):
            load(b"\xff\xfe\x00", "k0s.yaml")

    def test_roles_have_rules_of_their_own(self) -> None:
        spec = {"network": {"nodeLocalLoadBalancing": {"enabled": True}}}
        self.assertEqual(len(list(role_problems(spec, is_single=True, has_worker=True))), 1)
        self.assertEqual(len(list(role_problems(spec, is_single=False, has_worker=True))), 0)
        servers = {"enabled": True, "keepalived": {"virtualServers": [{"ipAddress": "10.0.0.9"}]}}
        spec = {"network": {"controlPlaneLoadBalancing": servers}}
        self.assertEqual(len(list(role_problems(spec, is_single=False, has_worker=True))), 1)
        self.assertEqual(len(list(role_problems(spec, is_single=False, has_worker=False))), 0)


class Defaults(unittest.TestCase):
    def test_an_empty_document_has_the_defaults_of_k0s(self) -> None:
        settings = settings_of({}, "/var/lib/k0s")
        self.assertEqual((settings.port, settings.join_port, settings.storage), (6443, 9443, "etcd"))
        self.assertTrue(settings.has_own_etcd and settings.is_joinable)
        self.assertEqual(settings.address, settings.peer_address)
        self.assertEqual(settings.local_url, "https://localhost:6443")

    def test_a_single_node_has_kine_and_cannot_be_joined(self) -> None:
        settings = settings_of({}, "/var/lib/k0s", is_single=True)
        self.assertEqual(settings.storage, "kine")
        self.assertFalse(settings.has_own_etcd or settings.is_joinable)

    def test_the_public_address_is_the_external_one(self) -> None:
        document = {"spec": {"api": {"address": "fd00::1", "port": 7443}}}
        self.assertEqual(settings_of(document, "/d").public_url(7443), "https://[fd00::1]:7443")
        document = {"spec": {"api": {"address": "10.0.0.1", "externalAddress": "lb.example"}}}
        self.assertEqual(settings_of(document, "/d").public_url(9443), "https://lb.example:9443")


if __name__ == "__main__":
    unittest.main()
