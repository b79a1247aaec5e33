"""Flags that many commands have."""

from k0s_standin.flags import Flag, Parsed, boolean, text
from k0s_standin.places import CONFIG, DATA, Places, places_of

COMMON = (
    Flag("data-dir", text, DATA),
    Flag("status-socket", text, ""),
    Flag("debug", boolean, False, "d"),
    Flag("verbose", boolean, False, "v"),
    Flag("debugListenOn", text, ":6060"),
)
CONFIGURED = (Flag("config", text, CONFIG, "c"),)


def places_from(parsed: Parsed) -> Places:
    """The directories that a command line names."""
    values = parsed.values
    return places_of(
        str(values["data-dir"]), str(values["status-socket"]), str(values.get("kubelet-root-dir") or "")
    )
