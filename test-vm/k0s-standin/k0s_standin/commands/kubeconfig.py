"""`k0s kubeconfig admin` and `k0s kubeconfig create`"""

from k0s_standin.config.load import Settings, read_config, settings_of
from k0s_standin.failure import Failure
from k0s_standin.files import read
from k0s_standin.flags import Flag, Parsed, duration, text
from k0s_standin.flagsets import COMMON, CONFIGURED, places_from
from k0s_standin.kubeconfig import Access, kubeconfig

FLAGS = (*COMMON, *CONFIGURED)
CREATE = (
    *FLAGS,
    Flag("groups", text, ""),
    Flag("certificate-expires-after", duration, 8760 * 3600.0),
    Flag("context-name", text, "k0s"),
)


def admin(parsed: Parsed) -> int:
    """Prints admin.conf with the API's public address instead of localhost."""
    place, settings = places_from(parsed).admin_conf, _settings(parsed)
    try:
        content = read(place).decode()
    except FileNotFoundError:
        raise Failure(
            f"failed to read admin config, check if the control plane is initialized on this node: {place}"
        ) from None
    print(content.replace(settings.local_url, settings.public_url(settings.port)), end="")
    return 0


def create(parsed: Parsed) -> int:
    """Signs a certificate for a user with the authority's files; no k0s need run."""
    from k0s_standin.pki.authorities import CLUSTER_CA, load_authority
    from k0s_standin.pki.ec import make_key
    from k0s_standin.pki.x509 import Name, issue

    values = parsed.values
    if not parsed.arguments:
        raise Failure("username is required: k0s kubeconfig create username [flags]")
    settings, places = _settings(parsed), places_from(parsed)
    try:
        authority = load_authority(places.pki, CLUSTER_CA)
    except FileNotFoundError as error:
        raise Failure(f"open {error.filename}: no such file or directory") from None
    groups = tuple(each for each in str(values["groups"]).split(",") if each)
    key = make_key()
    subject = Name(parsed.arguments[0], groups)
    certificate = issue(authority, subject, key.public(), float(str(values["certificate-expires-after"])))
    access = Access(settings.public_url(settings.port), authority.pem, certificate, key.pem())
    print(kubeconfig("k0s", str(values["context-name"]), parsed.arguments[0], access), end="")
    return 0


def _settings(parsed: Parsed) -> Settings:
    document = read_config(str(parsed.values["config"]), "config" in parsed.given)
    return settings_of(document if isinstance(document, dict) else {}, str(parsed.values["data-dir"]))
