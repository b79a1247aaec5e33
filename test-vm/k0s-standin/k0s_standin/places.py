"""Where k0s keeps its files."""

import os
from typing import NamedTuple

DATA = "/var/lib/k0s"
CONFIG = "/etc/k0s/k0s.yaml"

# k0s has one fixed run directory; this variable is for tests, which run several on a machine.
RUN_VARIABLE = "K0S_STANDIN_RUN_DIR"


class Places(NamedTuple):
    """The directories of one k0s; everything else lies at fixed names in them."""

    data: str
    run: str
    status_socket: str
    kubelet_root: str

    @property
    def pki(self) -> str:
        return f"{self.data}/pki"

    @property
    def etcd(self) -> str:
        return f"{self.data}/etcd"

    @property
    def member(self) -> str:
        """The file whose absence makes a controller with k0s-managed etcd join or bootstrap."""
        return f"{self.data}/etcd/member/snap/db"

    @property
    def kine(self) -> str:
        return f"{self.data}/db/state.db"

    @property
    def manifests(self) -> str:
        return f"{self.data}/manifests"

    @property
    def admin_conf(self) -> str:
        return f"{self.pki}/admin.conf"

    @property
    def kubelet_conf(self) -> str:
        return f"{self.data}/kubelet.conf"

    @property
    def kubelet_bootstrap_conf(self) -> str:
        return f"{self.data}/kubelet-bootstrap.conf"

    @property
    def kubelet_certificate(self) -> str:
        return f"{self.kubelet_root}/pki/kubelet-client-current.pem"


def places_of(data: str, status_socket: str = "", kubelet_root: str = "") -> Places:
    """The places below a data directory; empty names are k0s's defaults."""
    run = os.environ.get(RUN_VARIABLE, "/run/k0s")
    root = os.path.abspath(data)
    return Places(root, run, status_socket or f"{run}/status.sock", kubelet_root or f"{root}/kubelet")


def described(places: Places) -> dict[str, str]:
    """The places as `k0s status` shows them (K0sVars)."""
    return {
        "AdminKubeConfigPath": places.admin_conf,
        "BinDir": f"{places.data}/bin",
        "CertRootDir": places.pki,
        "DataDir": places.data,
        "EtcdCertDir": f"{places.pki}/etcd",
        "EtcdDataDir": places.etcd,
        "KubeletAuthConfigPath": places.kubelet_conf,
        "KubeletRootDir": places.kubelet_root,
        "ManifestsDir": places.manifests,
        "OCIBundleDir": f"{places.data}/images",
        "RunDir": places.run,
        "RuntimeConfigPath": f"{places.run}/k0s.yaml",
        "StatusSocketPath": places.status_socket,
    }
