"""Errors that end a command."""


class Failure(Exception):
    """Ends the command with this message and exit code 1."""


class Conflict(Exception):
    """The cluster's state forbids a change; a server answers it as HTTP 500, as k0s does for etcd's errors."""
