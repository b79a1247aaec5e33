"""What a role must not have, and what is wrong only because of something else."""

from collections.abc import Collection, Mapping

from kiln.fields import Findings
from kiln.request_model import Request

_REFUSED: Mapping[str, Mapping[str, str]] = {
    "worker": {
        "bootstrap": "is for the site's first controller; a worker joins with its token",
        "config": "is for controllers; a worker gets its configuration from them",
        "manifests": "is for controllers; give it to them",
        "peers": "is for controllers; a worker's token has the address that it joins",
        "pki": "is for controllers; take the keys off this worker's seed: who has them is admin",
    },
    "single": {
        "bootstrap": "is for one of several controllers; a single node always starts its own cluster",
        "peers": "is for one of several controllers; a single node has none",
        "token": "is for a box that joins others; a single node never does",
        "token-file": "is for a box that joins others; a single node never does",
    },
    "controller": {
        "labels": "is for a box that runs pods; use role: controller+worker, or leave it out",
        "profile": "is for a box that runs pods; use role: controller+worker, or leave it out",
        "taints": "is for a box that runs pods; use role: controller+worker, or leave it out",
    },
}


def refuse_for_role(keys: Collection[str], role: str, findings: Findings) -> None:
    """Notes keys that make no sense for a role."""
    for key, message in _REFUSED.get(role, {}).items():
        if key in keys:
            findings.add(f"k0s.{key}", message)


def check_whole(request: Request, keys: Collection[str], findings: Findings) -> None:
    """Notes where parts of a request disagree. `keys` are those that are there, or were meant."""
    _check_token_is_there(request, keys, findings)
    _check_profile_exists(request, findings)
    token = request.token
    if token and "ca.crt" in request.pki and request.authority != token.authority:
        findings.add("k0s.token", "is for a cluster with another CA than k0s.pki.ca.crt; one is wrong")


def _check_token_is_there(request: Request, keys: Collection[str], findings: Findings) -> None:
    if "token" in keys or "token-file" in keys:
        return
    if request.role == "worker":
        findings.add(
            "k0s.token",
            "is missing: a worker joins with one; make it with `k0s token create --role worker`",
        )
    elif request.role != "single" and not request.bootstrap and not _starts_without_token(request):
        findings.add(
            "k0s.token",
            "is missing: a controller joins with one (`k0s token create --role controller`); only the "
            "site's first has bootstrap: true instead",
        )


def _starts_without_token(request: Request) -> bool:
    """With a database elsewhere, a controller needs only the CA and the service account keys."""
    # While the configuration is wrong, it is not known where the database is.
    shares_storage = request.config is None or not request.config.has_managed_etcd
    return shares_storage and {"ca.crt", "sa.key"} <= request.pki.keys()


def _check_profile_exists(request: Request, findings: Findings) -> None:
    """A controller with a worker knows all profiles, unless they are in the cluster."""
    if request.profile is None or request.config is None or "--enable-dynamic-config" in request.args:
        return
    spec = request.config.document.get("spec")
    profiles = spec.get("workerProfiles") if isinstance(spec, Mapping) else None
    listed = profiles if isinstance(profiles, list) else []
    names = {"default"} | {str(each["name"]) for each in listed if isinstance(each, dict) and "name" in each}
    if request.profile not in names:
        findings.add("k0s.profile", "is not in k0s.config.spec.workerProfiles; add it there")
