"""
Asks `cloud-init schema` about many files in one process, since it takes a second to load. Reads
[{"kind": "cloud-config" or "network-config", "text": …}] from the standard input, prints every complaint.
"""

import contextlib
import io
import json
import sys
import tempfile

from cloudinit.config.schema import get_parser, handle_schema_args


def complaint(kind: str, text: str) -> str:
    """What the command says of a file that it does not take; empty for a good one."""
    said = io.StringIO()
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        arguments = get_parser().parse_args(["--config-file", file.name, "--schema-type", kind, "--annotate"])
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                handle_schema_args("schema", arguments)
        except SystemExit as end:
            return f"exit status {end.code}: {said.getvalue()}"
    # It takes what is deprecated, and says so.
    return "" if said.getvalue().startswith("Valid schema") else said.getvalue()


def main() -> int:
    """Returns the exit code: 1 if there are complaints."""
    found = [f"{each['text']}\n{said}" for each in json.load(sys.stdin) if (said := complaint(**each))]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
