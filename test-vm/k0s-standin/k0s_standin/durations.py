"""Go's durations: 1h30m, 8760h, 500ms."""

import re

SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
PART = r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)"


def seconds_of(text: str) -> float:
    """Seconds in a duration; ValueError for what Go's time.ParseDuration refuses."""
    body = text.lstrip("+-") if text[:1] in ("+", "-") else text
    if body == "0":
        return 0.0
    if not re.fullmatch(f"(?:{PART})+", body):
        raise ValueError(f'time: invalid duration "{text}"')
    total = sum(float(number) * SECONDS[unit] for number, unit in re.findall(PART, body))
    return -total if text.startswith("-") else total
