"""What the `k0s` key of the metadata asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiln.cluster_config import ClusterConfig
from kiln.join_token import JoinToken
from kiln.pem import certificate_of

ROLES = ("controller", "controller+worker", "single", "worker")


@dataclass(frozen=True)
class Request:
    """A valid request. What is secret is not in its text form."""

    role: str
    bootstrap: bool = False
    token: JoinToken | None = None
    token_file: str | None = None
    """Set only when there was nobody to read it."""
    config: ClusterConfig | None = field(default=None, repr=False)
    labels: tuple[tuple[str, str], ...] = ()
    taints: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    profile: str | None = None
    pki: Mapping[str, str] = field(default_factory=dict, repr=False)
    manifests: Mapping[str, str] = field(default_factory=dict, repr=False)
    peers: tuple[str, ...] = ()
    certificate_restart: str = "auto"

    @property
    def is_controller(self) -> bool:
        """Whether k0s runs as a controller, alone or among others."""
        return self.role != "worker"

    @property
    def has_worker(self) -> bool:
        """Whether pods run on the box."""
        return self.role != "controller"

    @property
    def runs_etcd(self) -> bool:
        """Whether k0s runs etcd on the box. A single node has SQLite unless it is told otherwise."""
        if self.config is None:
            return False
        return self.config.has_managed_etcd and (self.role != "single" or self.config.names_etcd)

    @property
    def authority(self) -> bytes | None:
        """The certificate of the cluster's CA, DER; None when k0s makes one itself."""
        if "ca.crt" in self.pki:
            return certificate_of(self.pki["ca.crt"])
        return self.token.authority if self.token else None
