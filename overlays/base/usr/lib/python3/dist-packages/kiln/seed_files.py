"""The files of a seed: which there are, where they lie, and how large each may be."""

from collections.abc import Mapping
from dataclasses import dataclass

MIB = 1024 * 1024

# The limit of what is read as YAML. Join tokens, certificates and manifests are in the meta-data.
META_DATA_LIMIT = 4 * MIB
NETWORK_LIMIT = 1 * MIB
# All files of a seed together.
TOTAL_LIMIT = 16 * MIB

NOCLOUD = "NoCloud"
CONFIG_DRIVE = "ConfigDrive"

# Where a config drive keeps the files that its metadata names.
CONTENT = "openstack/content"


@dataclass(frozen=True)
class Layout:
    """One of the two ways in which cloud-init's seeds are laid out."""

    kind: str
    meta_data: str
    user_data: str
    vendor_data: tuple[str, ...]
    network: str

    def limits(self) -> Mapping[str, int]:
        """Every file that may be there, and its limit; the metadata comes first, and has to be there."""
        return {
            self.meta_data: META_DATA_LIMIT,
            self.user_data: TOTAL_LIMIT,
            **{path: TOTAL_LIMIT for path in self.vendor_data},
            self.network: NETWORK_LIMIT,
        }


LAYOUTS: Mapping[str, Layout] = {
    NOCLOUD: Layout(NOCLOUD, "meta-data", "user-data", ("vendor-data",), "network-config"),
    CONFIG_DRIVE: Layout(
        CONFIG_DRIVE,
        "openstack/latest/meta_data.json",
        "openstack/latest/user_data",
        ("openstack/latest/vendor_data.json", "openstack/latest/vendor_data2.json"),
        "openstack/latest/network_data.json",
    ),
}


@dataclass(frozen=True)
class Seed:
    """A seed as it was found: bytes that nobody has looked at yet."""

    kind: str
    source: str
    """For people: "cidata on sr0", or an address without its secrets."""

    files: Mapping[str, bytes]
    """By their paths in the layout; those that are not there are not in it."""

    @property
    def layout(self) -> Layout:
        return LAYOUTS[self.kind]

    def digest(self) -> str:
        """The same for the same files, wherever they came from."""
        return digest_of(self.kind, self.files)


def digest_of(kind: str, files: Mapping[str, bytes]) -> str:
    """The SHA-256 of a seed's files with their names."""
    import hashlib

    total = hashlib.sha256(kind.encode())
    for name, data in sorted(files.items()):
        total.update(b"\0%s\0%d\0" % (name.encode("utf-8", "surrogateescape"), len(data)))
        total.update(data)
    return total.hexdigest()
