"""`k0s config validate` and `k0s config create`"""

from k0s_standin.config.load import config_problems, read_config
from k0s_standin.failure import Failure
from k0s_standin.flags import Flag, Parsed, boolean
from k0s_standin.flagsets import COMMON, CONFIGURED

FLAGS = (*COMMON, *CONFIGURED)
CREATE = (*COMMON, Flag("include-images", boolean, False))


def validate(parsed: Parsed) -> int:
    """Checks a file without a running k0s; every mistake is told."""
    name = str(parsed.values["config"])
    found = config_problems(read_config(name, "config" in parsed.given))
    if found:
        raise Failure(f"{name}: " + "; ".join(found))
    return 0


def create(parsed: Parsed) -> int:
    from k0s_standin.addresses import first_public_address, own_addresses
    from k0s_standin.strict_yaml import dump

    address = first_public_address()
    spec: dict[str, object] = {
        "api": {
            "address": address,
            "ca": {"certificatesExpireAfter": "8760h0m0s", "expiresAfter": "87600h0m0s"},
            "k0sApiPort": 9443,
            "port": 6443,
            "sans": own_addresses(),
        },
        "extensions": {"helm": {"concurrencyLevel": 5}},
        "network": {
            "clusterDomain": "cluster.local",
            "kubeProxy": {"metricsBindAddress": "0.0.0.0:10249", "mode": "iptables"},
            "podCIDR": "10.244.0.0/16",
            "provider": "kuberouter",
            "serviceCIDR": "10.96.0.0/12",
        },
        "storage": {"etcd": {"peerAddress": address}, "type": "etcd"},
        "telemetry": {"enabled": False},
    }
    if parsed.values["include-images"]:
        spec["images"] = {"default_pull_policy": "IfNotPresent"}
    header = {"apiVersion": "k0s.k0sproject.io/v1beta1", "kind": "ClusterConfig", "metadata": {"name": "k0s"}}
    print(dump({**header, "spec": spec}), end="")
    return 0
