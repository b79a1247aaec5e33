import unittest

import samples
from kiln.request import check
from kiln.request_model import Request


def problems_of(k0s: object, files: dict[str, bytes] | None = None) -> list[str]:
    """What is wrong, one line each. Never may it hold a secret of the samples."""

    def read_file(path: str) -> bytes:
        if path not in (files or {}):
            raise FileNotFoundError(2, "No such file or directory", path)
        return (files or {})[path]

    request, problems = check(k0s, read_file=read_file)
    assert (request is None) == bool(problems)
    lines = [str(problem) for problem in problems]
    for secret in ("abcdef.0123456789abcdef", samples.WORKER_TOKEN[:40], samples.pem("ca.key")[100:140]):
        assert not any(secret in line for line in lines), lines
    return lines


def request_of(k0s: object) -> Request:
    request, problems = check(k0s)
    assert request is not None, problems
    return request


class GoodRequests(unittest.TestCase):
    def test_each_role(self) -> None:
        for k0s in (samples.FIRST, samples.OTHER, samples.WORKER, samples.SINGLE):
            self.assertEqual(problems_of(k0s), [])

    def test_everything_at_once(self) -> None:
        request = request_of(
            {
                **samples.FIRST,
                "role": "controller+worker",
                "token": samples.CONTROLLER_TOKEN,
                "labels": {"site.example/rack": "a1", "node.kubernetes.io/pool": "edge", "empty": ""},
                "taints": ["dedicated=edge:NoSchedule", "other:NoExecute"],
                "args": ["--debug", "--kubelet-extra-args=--v=2 --max-pods=50"],
                "profile": "small",
                "config": samples.config(workerProfiles=[{"name": "small", "values": {}}]),
                "manifests": {"site/tokens.yaml": "kind: Secret\n---\nkind: Secret\n"},
                "peers": ["10.0.0.12", "fd00::12", "c3.site.example"],
                "certificates": {"restart": "manual"},
            }
        )
        self.assertEqual(
            request.labels, (("empty", ""), ("node.kubernetes.io/pool", "edge"), ("site.example/rack", "a1"))
        )
        self.assertEqual(request.peers, ("10.0.0.12", "fd00::12", "c3.site.example"))
        self.assertEqual(request.certificate_restart, "manual")
        self.assertEqual(list(request.pki), sorted(request.pki, key=list(request.pki).index))

    def test_the_text_form_of_a_request_has_no_secret(self) -> None:
        text = repr(request_of({**samples.FIRST, "token": samples.CONTROLLER_TOKEN}))
        self.assertNotIn("PRIVATE", text)
        self.assertNotIn(samples.CONTROLLER_TOKEN[:20], text)
        self.assertIn("controller-bootstrap at 10.0.0.10:9443", text)

    def test_a_token_may_be_in_a_file_and_in_many_lines(self) -> None:
        wrapped = "\n".join(samples.WORKER_TOKEN[at : at + 76] for at in range(0, 2000, 76)).encode()
        k0s = {"role": "worker", "token-file": "/etc/site/token"}
        self.assertEqual(problems_of(k0s, {"/etc/site/token": wrapped}), [])
        self.assertEqual(request_of(k0s).token_file, "/etc/site/token")

    def test_a_controller_of_external_etcd_needs_no_token(self) -> None:
        external = samples.config(storage={"etcd": {"externalCluster": {"endpoints": ["https://10.0.0.50:2379"]}}})
        pki = {name: text for name, text in samples.SITE_PKI.items() if not name.startswith("etcd/")}
        self.assertEqual(problems_of({"role": "controller", "config": external, "pki": pki}), [])

    def test_a_controller_of_a_shared_database(self) -> None:
        shared = samples.config(storage={"type": "kine", "kine": {"dataSource": "postgres://db.site/k0s"}})
        self.assertEqual(problems_of({**samples.OTHER, "config": shared}), [])


class RoleProblems(unittest.TestCase):
    def check(self, k0s: object, *lines: str) -> None:
        self.assertEqual(problems_of(k0s), list(lines))

    def test_what_is_no_map(self) -> None:
        self.check("worker", "k0s: is text; it has to be a map")
        self.check(None, "k0s: is empty; it has to be a map")
        self.check({}, "k0s.role: is missing; give one of controller, controller+worker, single, worker")

    def test_roles(self) -> None:
        self.check({"role": "workr"}, 'k0s.role: is "workr"; did you mean "worker"?')
        self.check(
            {"role": "boss"}, 'k0s.role: is "boss"; known are controller, controller+worker, single, worker'
        )
        self.check({"role": 3}, "k0s.role: is a number, not text; put it into quotes")
        self.check({"role": None}, "k0s.role: is empty; it has to be text")

    def test_a_mistyped_key_is_told_once(self) -> None:
        self.check({"rol": "worker"}, 'k0s.rol: is unknown; did you mean "role"?')
        self.check({"role": "worker", "tokn": "x"}, 'k0s.tokn: is unknown; did you mean "token"?')
        self.check(
            {**samples.WORKER, "zzz": 1},
            "k0s.zzz: is unknown; known are args, bootstrap, certificates, config, labels, manifests, peers, "
            "pki, profile, role, taints, token, token-file",
        )
        self.check({**samples.WORKER, 5: 1}, "k0s: has the key 5, a number; put it into quotes")

    def test_nothing_of_a_seed_reaches_a_console_as_a_command(self) -> None:
        self.check({"role": "\x1b[2Jworker"}, 'k0s.role: is "?[2Jworker"; did you mean "worker"?')
        line = problems_of({**samples.WORKER, "\x1b]0;" + "x" * 100_000: 1})[0]
        self.assertTrue(line.startswith("k0s.?]0;xxx") and len(line) < 500)

    def test_a_worker_has_nothing_of_a_controller(self) -> None:
        self.check(
            {**samples.WORKER, "pki": {"ca.key": samples.pem("ca.key")}},
            "k0s.pki: is for controllers; take the keys off this worker's seed: who has them is admin",
        )
        self.check(
            {**samples.WORKER, "bootstrap": True, "config": samples.config()},
            "k0s.bootstrap: is for the site's first controller; a worker joins with its token",
            "k0s.config: is for controllers; a worker gets its configuration from them",
        )

    def test_tokens_are_there_when_they_are_needed(self) -> None:
        self.check(
            {"role": "worker"},
            "k0s.token: is missing: a worker joins with one; make it with `k0s token create --role worker`",
        )
        self.check(
            {"role": "controller", "config": samples.config()},
            "k0s.token: is missing: a controller joins with one (`k0s token create --role controller`); "
            "only the site's first has bootstrap: true instead",
        )
        self.check(
            {**samples.SINGLE, "token": samples.CONTROLLER_TOKEN},
            "k0s.token: is for a box that joins others; a single node never does",
        )

    def test_a_controller_without_a_worker_has_no_labels(self) -> None:
        self.check(
            {**samples.OTHER, "labels": {"a": "b"}},
            "k0s.labels: is for a box that runs pods; use role: controller+worker, or leave it out",
        )

    def test_switches(self) -> None:
        self.check({**samples.FIRST, "bootstrap": "yes"},
                   "k0s.bootstrap: is text; it has to be true or false",
                   "k0s.token: is missing: a controller joins with one (`k0s token create --role controller`); "
                   "only the site's first has bootstrap: true instead")
        self.check(
            {**samples.WORKER, "certificates": {"restart": "never"}},
            'k0s.certificates.restart: is "never"; known are auto, manual',
        )


class TokenProblems(unittest.TestCase):
    def check(self, token: object, line: str, role: str = "worker") -> None:
        extra = {} if role == "worker" else {"config": samples.config()}
        self.assertEqual(problems_of({"role": role, "token": token, **extra}), [f"k0s.token: {line}"])

    def test_both_forms(self) -> None:
        self.assertEqual(
            problems_of({**samples.WORKER, "token-file": "/x"}),
            ["k0s.token-file: is there beside k0s.token; give one of the two"],
        )

    def test_what_is_no_token(self) -> None:
        how = "make one with `k0s token create --role worker` on a controller, and copy it whole"
        self.check("a secret!", f"is no join token: it is not base64; {how}")
        self.check("aGVsbG8=", f"is no join token: what base64 wraps is not gzip; {how}")
        self.check(samples.packed("text"), "holds a kubeconfig without the context that its context names")
        self.check(samples.packed("x" * 100_000), f"is larger than any join token; {how}")
        self.check(samples.WORKER_TOKEN[:400], f"is cut off; {how}")
        self.check("", "is empty; give it a value, or leave the key out")

    def test_a_token_for_another_role(self) -> None:
        self.check(
            samples.CONTROLLER_TOKEN,
            "is a controller's token, and this box is a worker; make one with "
            "`k0s token create --role worker` on a controller, and copy it whole",
        )
        self.check(
            samples.WORKER_TOKEN,
            "is a worker's token, and this box is a controller; make one with "
            "`k0s token create --role controller` on a controller, and copy it whole",
            role="controller",
        )

    def test_what_is_in_a_token(self) -> None:
        worker = "kubelet-bootstrap"
        self.check(samples.token(worker, "http://10.0.0.1"), "holds no https:// address of a controller")
        self.check(samples.token(worker, "https://[::1"), "holds no https:// address of a controller")
        self.check(
            samples.token(worker, "https://10.0.0.1:6443", ca="sa.pub"),
            "holds no certificate of the cluster's CA",
        )
        self.check(
            samples.token(worker, "https://10.0.0.1:6443", secret="abc.def"),
            "holds a bootstrap token of the wrong form "
            "(6 and 16 small letters and digits, a dot between)",
        )

    def test_a_token_of_another_site(self) -> None:
        other = samples.token("controller-bootstrap", "https://10.0.0.10:9443", ca="other-ca.crt")
        self.assertEqual(
            problems_of({**samples.FIRST, "token": other}),
            ["k0s.token: is for a cluster with another CA than k0s.pki.ca.crt; one is wrong"],
        )

    def test_files(self) -> None:
        def of(path: object, files: dict[str, bytes]) -> list[str]:
            return problems_of({"role": "worker", "token-file": path}, files)

        self.assertEqual(
            of("/none", {}),
            ["k0s.token-file: /none cannot be read: No such file or directory; put the token there"],
        )
        self.assertEqual(of("/x", {"/x": b"\n"}), ["k0s.token-file: /x is empty; put the token there"])
        self.assertEqual(
            of("/x", {"/x": b"a" * 70_000}),
            ["k0s.token-file: /x is larger than any join token; is it the right file?"],
        )
        self.assertEqual(
            of("token", {}), ["k0s.token-file: has to be an absolute path, as in /etc/site/token"]
        )
        self.assertIn("is no join token: it is not base64", of("/x", {"/x": b"\xff\xfe\x00"})[0])


class LabelAndTaintProblems(unittest.TestCase):
    def check(self, key: str, value: object, *lines: str) -> None:
        self.assertEqual(problems_of({**samples.WORKER, key: value}), list(lines))

    def test_labels(self) -> None:
        rule = "at most 63 letters, digits, - _ and . that begin and end with a letter or digit"
        self.check("labels", ["a"], "k0s.labels: is a list; it has to be a map")
        self.check("labels", {"a": True}, "k0s.labels.a: is not text; put the value into quotes")
        self.check("labels", {"a": "b c"}, f"k0s.labels.a: has a value that no label can have: {rule}")
        self.check("labels", {"a": "x" * 64}, f"k0s.labels.a: has a value that no label can have: {rule}")
        named = f"is no name for a label: {rule}, with a DNS name and / before it if need be"
        self.check("labels", {"a b": "c"}, f"k0s.labels.a b: {named}")
        self.check("labels", {"Site/a": "c"}, f"k0s.labels.Site/a: {named}")
        self.check("labels", {"a,b": "c"}, f"k0s.labels.a,b: {named}")
        refused = (
            "is a label that a kubelet must not give itself; set it with kubectl, or use one below "
            "node.kubernetes.io/"
        )
        for name in ("node-role.kubernetes.io/edge", "kubernetes.io/x", "x.k8s.io/y"):
            self.check("labels", {name: "c"}, f"k0s.labels.{name}: {refused}")
        self.check("labels", {"topology.kubernetes.io/zone": "a", "x.node.kubernetes.io/y": "b"})

    def test_taints(self) -> None:
        effect = (
            'has to end with an effect, as in "key=value:NoSchedule"; there are NoSchedule, '
            "PreferNoSchedule, NoExecute"
        )
        self.check("taints", "a:NoSchedule", "k0s.taints: is text; it has to be a list")
        self.check("taints", ["a=b", "a=b:Never"], f"k0s.taints[0]: {effect}", f"k0s.taints[1]: {effect}")
        self.check(
            "taints",
            ["a=b:NoSchedule", "a=c:NoSchedule", "a=c:NoExecute"],
            "k0s.taints[1]: has the key and effect of k0s.taints[0]; leave one of them out",
        )
        self.check("taints", [{"a": "b"}], "k0s.taints[0]: is a map; it has to be text")


class ArgumentProblems(unittest.TestCase):
    def check(self, arg: object, *lines: str, role: str = "worker") -> None:
        k0s = {"worker": samples.WORKER, "controller": samples.OTHER}[role]
        self.assertEqual(problems_of({**k0s, "args": [arg]}), [f"k0s.args[0]: {line}" for line in lines])

    def test_flags_that_are_kilns(self) -> None:
        self.check("--token-file=/x", "--token-file is set by Kiln; use k0s.token for it")
        self.check("-c", "-c is set by Kiln; use k0s.config for it")
        self.check("--data-dir=/x", "--data-dir cannot be given: k0s's data is always in /var/lib/k0s")
        self.check("--single", "--single is set by Kiln; use k0s.role: single for it", role="controller")

    def test_flags_of_the_other_role(self) -> None:
        self.check("--disable-components=helm", role="controller")
        self.check(
            "--disable-components=helm",
            "--disable-components is a flag of controllers, and this box is a worker",
        )

    def test_forms(self) -> None:
        form = "is no flag; write each flag and its value as one item, as in --flag=value"
        for arg in (samples.WORKER_TOKEN, "debug", "--", "-", "--kubelet-extra-args --v=2"):
            self.check(arg, form)
        self.check("--logging=a\nb", "has a line break or control character in the value of --logging; leave it out")
        self.check(True, "is true or false, not text; put it into quotes")

    def test_typing_errors_and_flags_of_the_future(self) -> None:
        self.check("--kubelet-extra-arg=x", "--kubelet-extra-arg is unknown; did you mean --kubelet-extra-args?")
        self.check("--something-new=x")


class PkiProblems(unittest.TestCase):
    def check(self, changes: dict[str, str | None], *lines: str) -> None:
        pki = {name: text for name, text in {**samples.SITE_PKI, **changes}.items() if text is not None}
        self.assertEqual(problems_of({**samples.FIRST, "pki": pki}), [f"k0s.pki.{line}" for line in lines])

    def test_names(self) -> None:
        self.check({"server.crt": "x"}, 'server.crt: is no file that Kiln places; known are '
                   "ca.crt, ca.key, etcd/ca.crt, etcd/ca.key, front-proxy-ca.crt, front-proxy-ca.key, "
                   "sa.key, sa.pub")
        self.check({"etcd-ca.crt": "x"}, 'etcd-ca.crt: is no file that Kiln places; did you mean "etcd/ca.crt"?')

    def test_pairs(self) -> None:
        self.check(
            {"ca.key": None},
            "ca.key: is missing beside ca.crt: k0s would make both anew; give both or neither",
        )
        self.check(
            {"sa.pub": None},
            "sa.pub: is missing beside sa.key: k0s would make both anew; give both or neither",
        )
        self.check(
            {"ca.key": samples.pem("other-ca.key")},
            "ca.key: is not the key of the certificate beside it; both have to be of one CA",
        )

    def test_pem(self) -> None:
        self.check(
            {"ca.crt": samples.pem("ca.key")},
            "ca.crt: is PEM of the kind RSA PRIVATE KEY; it has to be CERTIFICATE",
        )
        self.check(
            {"ca.crt": samples.pem("ca.crt")[:500]},
            "ca.crt: is not PEM: no whole block -----BEGIN CERTIFICATE----- … -----END CERTIFICATE-----",
        )
        self.check(
            {"ca.crt": samples.pem("ca.crt") + samples.pem("other-ca.crt")},
            "ca.crt: has more than one block, or text beside it; leave one",
        )
        cut = samples.pem("ca.crt").splitlines(keepends=True)
        self.check(
            {"ca.crt": "".join(cut[:5] + cut[6:])},
            "ca.crt: is damaged: it is no certificate, or not a whole one",
        )
        self.check(
            {"ca.key": samples.pem("ca.key").replace("RSA PRIVATE", "ENCRYPTED PRIVATE")},
            "ca.key: is an encrypted key; k0s needs it without a passphrase",
        )
        swapped = "".join(cut[:2] + cut[3:4] + cut[2:3] + cut[4:])
        self.assertEqual(len(problems_of({**samples.FIRST, "pki": {**samples.SITE_PKI, "ca.crt": swapped}})), 1)

    def test_authorities(self) -> None:
        self.check(
            {"ca.crt": samples.pem("server.crt"), "ca.key": samples.pem("server.key")},
            "ca.crt: is not the certificate of a CA (basicConstraints CA:TRUE), or is damaged",
        )
        self.check(
            {"etcd/ca.crt": samples.pem("ca.crt"), "etcd/ca.key": samples.pem("ca.key")},
            'etcd/ca.crt: has the common name "kubernetes-ca"; k0s renews what it signs only if that is '
            '"etcd-ca"',
        )


class ConfigProblems(unittest.TestCase):
    def check(self, config: object, *lines: str, role: str = "controller") -> None:
        k0s = {**samples.OTHER, "role": role, "config": config}
        if role == "single":
            del k0s["token"]
        self.assertEqual(problems_of(k0s), [f"k0s.config{line}" for line in lines])

    def test_what_is_no_cluster_config(self) -> None:
        self.check("text", ": is text; it has to be a map")
        self.check(
            {**samples.config(), "kind": "Cluster", "apiVersion": "v1", "sepc": {}},
            '.sepc: is unknown; did you mean "spec"?',
            ".apiVersion: has to be k0s.k0sproject.io/v1beta1",
            ".kind: has to be ClusterConfig",
        )
        self.check({**samples.config(), "spec": []}, ".spec: has to be a map")
        self.assertEqual(
            problems_of({"role": "controller", "token": samples.CONTROLLER_TOKEN}),
            ["k0s.config: is missing: a controller needs a ClusterConfig with its own spec.api.address and "
             "spec.storage.etcd.peerAddress"],
        )

    def test_addresses(self) -> None:
        why = "without it k0s takes the first address it finds, and 127.0.0.1 when there is none yet"
        self.check(
            samples.config(api={}, storage={}),
            f".spec.api.address: is missing: {why}",
            f".spec.storage.etcd.peerAddress: is missing: etcd keeps it for ever, and {why}",
        )
        self.check(
            samples.config(api={"address": "c1.example"}, storage={"etcd": {"peerAddress": "0.0.0.0"}}),
            ".spec.api.address: has to be an IP address of this box",
            ".spec.storage.etcd.peerAddress: is 0.0.0.0; it has to be an address of this box that others reach",
        )
        self.check(
            samples.config(api={"address": "10.0.0.11", "externalAddress": "10.0.0.11"}),
            ".spec.storage.etcd.peerAddress: is the address that controllers share; give the box's own",
        )
        self.check(
            samples.config(api={"address": "10.0.0.11", "port": 0, "k0sApiPort": "9443"}),
            ".spec.api.port: has to be a port, 1 to 65535",
            ".spec.api.k0sApiPort: has to be a port, 1 to 65535",
        )
        self.check(samples.config(api={}), role="single")

    def test_storage(self) -> None:
        self.check(samples.config(storage={"type": "etcdd"}), ".spec.storage.type: has to be etcd or kine")
        self.check(
            samples.config(storage={"type": "kine"}),
            ".spec.storage.kine.dataSource: has to be a database that all controllers reach: k0s's own "
            "SQLite is for a single node",
        )

    def test_load_balancing(self) -> None:
        both = samples.config(
            api={"address": "10.0.0.11", "externalAddress": "10.0.0.100"},
            network={"nodeLocalLoadBalancing": {"enabled": True}},
        )
        self.check(
            both,
            ".spec.network.nodeLocalLoadBalancing: does not go together with spec.api.externalAddress; "
            "use one of the two",
        )
        virtual = {
            "enabled": True,
            "keepalived": {
                "vrrpInstances": [{"virtualIPs": ["10.0.0.11/24"], "authPass": "secret"}],
                "virtualServers": [{"ipAddress": "10.0.0.100"}],
            },
        }
        self.check(
            samples.config(network={"controlPlaneLoadBalancing": virtual}),
            ".spec.storage.etcd.peerAddress: is the address that controllers share; give the box's own",
            ".spec.network.controlPlaneLoadBalancing.keepalived.virtualServers: does not work on a "
            "controller that is a worker too; use role: controller, or leave it out",
            role="controller+worker",
        )
        self.check(
            samples.config(network={"controlPlaneLoadBalancing": {"enabled": True}}),
            ".spec.network.controlPlaneLoadBalancing: is not for a single node; leave it out",
            role="single",
        )


class ManifestProblems(unittest.TestCase):
    def check(self, path: str, text: object, *lines: str) -> None:
        k0s = {**samples.OTHER, "manifests": {path: text}}
        self.assertEqual(problems_of(k0s), [f"k0s.manifests.{path}: {line}" for line in lines])

    def test_paths(self) -> None:
        level = "has to be one directory and a file in it, as in site/tokens.yaml: k0s reads no other level"
        self.check("site/tokens.yaml", "a: 1")
        self.check("tokens.yaml", "a: 1", level)
        self.check("a/b/tokens.yaml", "a: 1", level)
        characters = "has characters that no file should have; use letters, digits, - _ and ."
        self.check("../x.yaml", "a: 1", characters)
        self.check("/x.yaml", "a: 1", characters)
        self.check("a/.x.yaml", "a: 1", characters)
        self.check("a/x.yml", "a: 1", "is not read by k0s, which takes only *.yaml; rename it")
        self.check("helm/x.yaml", "a: 1", 'is in "helm", which is k0s\'s own; use another directory')

    def test_texts(self) -> None:
        self.check(
            "a/x.yaml",
            {"kind": "Secret"},
            "has to be the text of a file: put | after the colon and indent what follows",
        )
        self.check("a/x.yaml", "a: [1\nb: 2\n", "is not valid YAML in line 2: did not find expected ',' or ']'")
        self.check("a/x.yaml", "", "is empty; give it a value, or leave the key out")


class OtherProblems(unittest.TestCase):
    def test_peers(self) -> None:
        message = "has to be the address or name of another controller, without a port"
        self.assertEqual(
            problems_of({**samples.FIRST, "peers": ["10.0.0.1:6443", "https://x", 5]}),
            [f"k0s.peers[0]: {message}", f"k0s.peers[1]: {message}",
             "k0s.peers[2]: is a number, not text; put it into quotes"],
        )

    def test_profiles(self) -> None:
        self.assertEqual(
            problems_of({**samples.WORKER, "profile": "My Profile"}),
            ["k0s.profile: is no name of a worker profile: small letters, digits, - and ."],
        )
        single = {**samples.SINGLE, "profile": "small"}
        self.assertEqual(
            problems_of(single), ["k0s.profile: is not in k0s.config.spec.workerProfiles; add it there"]
        )
        self.assertEqual(problems_of({**single, "args": ["--enable-dynamic-config"]}), [])
