"""The certificate authorities and service account keys that a seed brings for a controller."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType

from kiln.fields import Findings
from kiln.pem import PRIVATE_KEY, PUBLIC_KEY, PemProblem, block_of, certificate_of
from kiln.problem import did_you_mean

# k0s keeps a pair when it has both, and otherwise makes both anew.
PAIRS = (
    ("ca.crt", "ca.key"),
    ("front-proxy-ca.crt", "front-proxy-ca.key"),
    ("etcd/ca.crt", "etcd/ca.key"),
    ("sa.pub", "sa.key"),
)
NAMES = tuple(name for pair in PAIRS for name in pair)

# k0s renews certificates only of CAs with these names.
_COMMON_NAMES = {
    "ca.crt": "kubernetes-ca",
    "front-proxy-ca.crt": "kubernetes-front-proxy-ca",
    "etcd/ca.crt": "etcd-ca",
}


def check_pki(value: object, key: str, findings: Findings) -> dict[str, str]:
    """The files by their names below /var/lib/k0s/pki; only whole pairs that belong together."""
    files: dict[str, str] = {}
    for name, item in findings.mapping(value, key).items():
        place = f"{key}.{name}"
        if name not in NAMES:
            findings.add(place, f"is no file that Kiln places{did_you_mean(name, NAMES)}")
            continue
        text = findings.text(item, place)
        if text is not None and _is_good_pem(name, text, place, findings):
            files[name] = text.strip() + "\n"
    for public, private in PAIRS:
        _check_pair(value, files, (public, private), key, findings)
    return {name: files[name] for name in NAMES if name in files}


def _is_good_pem(name: str, text: str, place: str, findings: Findings) -> bool:
    try:
        if name.endswith(".crt"):
            certificate_of(text)
        else:
            block_of(text, PRIVATE_KEY if name.endswith(".key") else PUBLIC_KEY)
    except PemProblem as problem:
        findings.add(place, str(problem))
        return False
    return True


def _check_pair(
    value: object, files: dict[str, str], pair: tuple[str, str], key: str, findings: Findings
) -> None:
    given = [name for name in pair if isinstance(value, dict) and name in value]
    if len(given) == 1:
        missing = pair[1] if given == [pair[0]] else pair[0]
        findings.add(
            f"{key}.{missing}",
            f"is missing beside {given[0]}: k0s would make both anew; give both or neither",
        )
    elif all(name in files for name in pair) and pair[0].endswith(".crt"):
        _check_authority(files, pair, key, findings)


def _check_authority(files: dict[str, str], pair: tuple[str, str], key: str, findings: Findings) -> None:
    # Loading it takes longer than all of the other checks.
    import ssl

    certificate, private = (files[name] for name in pair)
    place = f"{key}.{pair[0]}"
    subject = _subject_of_authority(ssl, certificate)
    if subject is None:
        findings.add(place, "is not the certificate of a CA (basicConstraints CA:TRUE), or is damaged")
        return
    name = subject.get("commonName", "")
    wanted = _COMMON_NAMES[pair[0]]
    if name != wanted:
        findings.add(
            place,
            f'has the common name "{name}"; k0s renews what it signs only if that is "{wanted}"',
        )
    reason = _disagreement(ssl, certificate, private)
    if reason:
        findings.add(f"{key}.{pair[1]}", reason)


def _subject_of_authority(ssl: ModuleType, certificate: str) -> dict[str, str] | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=certificate)
    except ssl.SSLError:
        return None
    found = context.get_ca_certs()
    return {key: value for part in found[0]["subject"] for key, value in part} if found else None


def _disagreement(ssl: ModuleType, certificate: str, private: str) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with _in_memory(certificate) as certificate_path, _in_memory(private) as key_path:
        try:
            context.load_cert_chain(certificate_path, key_path, password=_NO_PASSWORD)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                return "is not the key of the certificate beside it; both have to be of one CA"
            if error.reason in ("EE_KEY_TOO_SMALL", "CA_KEY_TOO_SMALL"):
                return "is too short a key to be safe; make the CA with RSA of 2048 bits or more"
            return "is no private key, or is damaged"
        except ValueError:
            return "is an encrypted key; k0s needs it without a passphrase"
    return ""


@contextmanager
def _in_memory(text: str) -> Iterator[str]:
    """A path to a file that is on no disk."""
    descriptor = os.memfd_create("pem")
    try:
        os.write(descriptor, text.encode())
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _refuse_password() -> str:
    raise ValueError("no passphrase")


# Without it, OpenSSL would ask on the console.
_NO_PASSWORD: Callable[[], str] = _refuse_password
